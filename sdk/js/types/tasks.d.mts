/**
 * What a task costs its requester beside the bounty, burned when it is posted, and what its claim puts on hold; in the smallest unit.
 *
 * @param {Rpc} rpc
 * @param {Pick<Order, 'paramSet' | 'm' | 'n' | 'slabs' | 'bounty'>} order
 * @returns {Promise<{ fee: bigint, bond: bigint }>}
 */
export function postingQuote(rpc: Rpc, { paramSet, m, n, slabs, bounty }: Pick<Order, "paramSet" | "m" | "n" | "slabs" | "bounty">): Promise<{
    fee: bigint;
    bond: bigint;
}>;
/**
 * Posts a task for two matrices; resolves to its number and block. They must be on the node whose miner is to take it: matrices
 * don't travel between nodes.
 *
 * The posting fee grows with the matrices and is burned: the call takes `maxFee` at most, which is what the node quotes now unless
 * the requester says otherwise. A quote above it throws {@link PostingFeeTooHigh}.
 *
 * @param {ApiPromise} api
 * @param {Rpc} rpc
 * @param {Signer} signer
 * @param {Order & { maxFee?: bigint }} order
 * @returns {Promise<{ task: number, block: string }>}
 */
export function postTask(api: ApiPromise, rpc: Rpc, signer: Signer, { maxFee, ...order }: Order & {
    maxFee?: bigint;
}): Promise<{
    task: number;
    block: string;
}>;
/**
 * Looks at a task until it is finalised, and tells `onChange` of every state that differs from the one before.
 * Fails where nothing changes for `patience` milliseconds, or where the task is gone.
 *
 * @param {Rpc} rpc
 * @param {number} id
 * @param {(task: Task) => unknown} [onChange]
 * @returns {Promise<Task>}
 */
export function followTask(rpc: Rpc, id: number, onChange?: (task: Task) => unknown, patience?: number): Promise<Task>;
/**
 * @import { ApiPromise } from '@polkadot/api'
 * @import { Rpc } from './rpc.mjs'
 * @import { Signer } from './transaction.mjs'
 */
/**
 * A is m x K and Bt is n x K, K being `slabs` times the k of the parameter set; `bounty` in the smallest unit; `deadline` is the last
 * block in which the result is taken.
 *
 * @typedef {{ paramSet: number, m: number, n: number, slabs: number, rootA: string, rootB: string, bounty: bigint, deadline: number }} Order
 */
/**
 * A task as `pouw_task` answers; what `state` has beside its status depends on it.
 *
 * @typedef {{ state: { status: 'open' | 'claimed' | 'delivered' | 'finalized', [field: string]: any }, [field: string]: any }} Task
 */
/** Posting costs more than the requester is ready to pay; nothing was sent. */
export class PostingFeeTooHigh extends Error {
    /**
     * @param {bigint} fee
     * @param {bigint} maxFee
     */
    constructor(fee: bigint, maxFee: bigint);
    fee: bigint;
    maxFee: bigint;
}
/**
 * A is m x K and Bt is n x K, K being `slabs` times the k of the parameter set; `bounty` in the smallest unit; `deadline` is the last
 * block in which the result is taken.
 */
export type Order = {
    paramSet: number;
    m: number;
    n: number;
    slabs: number;
    rootA: string;
    rootB: string;
    bounty: bigint;
    deadline: number;
};
/**
 * A task as `pouw_task` answers; what `state` has beside its status depends on it.
 */
export type Task = {
    state: {
        status: "open" | "claimed" | "delivered" | "finalized";
        [field: string]: any;
    };
    [field: string]: any;
};
import type { Rpc } from './rpc.mjs';
import type { ApiPromise } from '@polkadot/api';
import type { Signer } from './transaction.mjs';
