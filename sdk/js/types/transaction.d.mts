/**
 * Signs a call, sends it and waits for its block.
 *
 * Throws a CallError where the call failed or something inside of it did (an item of a batch, what a proxy or a multisig called),
 * SignedForOtherRuntime where the node refused the transaction and runs another runtime than the api knew when it signed, the node's own error
 * where it refused it at once for another reason, NotIncluded where the pool dropped it and no block can have it any more, and
 * MayStillBeIncluded where that is open after `patience`.
 *
 * @param {ApiPromise} api
 * @param {SubmittableExtrinsic<'promise'>} call
 * @param {Signer} signer
 * @param {SubmitOptions} [options]
 * @returns {Promise<Included>}
 */
export function submit(api: ApiPromise, call: SubmittableExtrinsic<"promise">, signer: Signer, { patience, mortality, nonce, tip }?: SubmitOptions): Promise<Included>;
/**
 * Waits for a transaction that {@link MayStillBeIncluded}, and ends as {@link submit} does.
 *
 * @param {ApiPromise} api
 * @param {Transaction} transaction
 * @returns {Promise<Included>}
 */
export function outcomeOf(api: ApiPromise, transaction: Transaction, patience?: number): Promise<Included>;
/**
 * @import { ApiPromise } from '@polkadot/api'
 * @import { AddressOrPair, SubmittableExtrinsic } from '@polkadot/api/types'
 * @import { IEvent } from '@polkadot/types/types'
 */
/**
 * Who signs: a pair of keys, or an address that `api.setSigner` has a signer for.
 *
 * @typedef {AddressOrPair} Signer
 */
/**
 * The hash of the transaction's block, and its events.
 *
 * @typedef {{ block: string, events: IEvent<any>[] }} Included
 */
/**
 * A signed transaction, which blocks `from`..`until` may have.
 *
 * @typedef {{ hash: string, encoded: string, sender: string, nonce: number, from: number, until: number }} Transaction
 */
/**
 * How long to wait for a block (milliseconds), in how many blocks the transaction is valid (a power of two), which nonce of
 * the sender's it takes (the next one), and what the author of its block gets.
 *
 * @typedef {{ patience?: number, mortality?: number, nonce?: number, tip?: bigint }} SubmitOptions
 */
/**
 * Nobody knows yet whether the transaction will be in a block. {@link outcomeOf} waits for it; to send it again without doing
 * it twice, take the same nonce.
 */
export class MayStillBeIncluded extends Error {
    /**
     * @param {Transaction} transaction
     * @param {string} reason
     */
    constructor(transaction: Transaction, reason: string);
    transaction: Transaction;
    until: number;
}
/** The transaction is in no block, and can't be any more: it did nothing and costs nothing. */
export class NotIncluded extends Error {
    /**
     * @param {Transaction} transaction
     * @param {string} reason
     */
    constructor(transaction: Transaction, reason: string);
    transaction: Transaction;
}
/**
 * Who signs: a pair of keys, or an address that `api.setSigner` has a signer for.
 */
export type Signer = AddressOrPair;
/**
 * The hash of the transaction's block, and its events.
 */
export type Included = {
    block: string;
    events: IEvent<any>[];
};
/**
 * A signed transaction, which blocks `from`..`until` may have.
 */
export type Transaction = {
    hash: string;
    encoded: string;
    sender: string;
    nonce: number;
    from: number;
    until: number;
};
/**
 * How long to wait for a block (milliseconds), in how many blocks the transaction is valid (a power of two), which nonce of
 * the sender's it takes (the next one), and what the author of its block gets.
 */
export type SubmitOptions = {
    patience?: number;
    mortality?: number;
    nonce?: number;
    tip?: bigint;
};
import type { ApiPromise } from '@polkadot/api';
import type { SubmittableExtrinsic } from '@polkadot/api/types';
import type { AddressOrPair } from '@polkadot/api/types';
import type { IEvent } from '@polkadot/types/types';
