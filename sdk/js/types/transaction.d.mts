/**
 * Signs a call, sends it and waits for its block. Throws a CallError where the call failed, and an Error where the
 * transaction is in no block after `patience` milliseconds, or the connection is lost before.
 *
 * @param {ApiPromise} api
 * @param {SubmittableExtrinsic<'promise'>} call
 * @param {Signer} signer
 * @returns {Promise<Included>}
 */
export function submit(api: ApiPromise, call: SubmittableExtrinsic<"promise">, signer: Signer, patience?: number): Promise<Included>;
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
/** A call that the chain refused; `name` is the error's name in the runtime. */
export class CallError extends Error {
    /**
     * @param {string} pallet
     * @param {string} name
     * @param {string} docs
     */
    constructor(pallet: string, name: string, docs: string);
    pallet: string;
    docs: string;
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
import type { ApiPromise } from '@polkadot/api';
import type { SubmittableExtrinsic } from '@polkadot/api/types';
import type { AddressOrPair } from '@polkadot/api/types';
import type { IEvent } from '@polkadot/types/types';
