/**
 * @import { ApiPromise } from '@polkadot/api'
 * @import { Rpc } from './rpc.mjs'
 * @import { Signer } from './transaction.mjs'
 */
/**
 * A is m x k and Bt is n x k, k being the parameter set's; `bounty` in the smallest unit; `deadline` is the last block in
 * which the result is taken.
 *
 * @typedef {{ paramSet: number, m: number, n: number, rootA: string, rootB: string, bounty: bigint, deadline: number }} Order
 */
/**
 * A task as `pouw_task` answers; what `state` has beside its status depends on it.
 *
 * @typedef {{ state: { status: 'open' | 'claimed' | 'delivered' | 'finalized', [field: string]: any }, [field: string]: any }} Task
 */
/**
 * Posts a task for two matrices that the miner's node has; resolves to its number and block.
 *
 * @param {ApiPromise} api
 * @param {Signer} signer
 * @param {Order} order
 * @returns {Promise<{ task: number, block: string }>}
 */
export function postTask(api: ApiPromise, signer: Signer, { paramSet, m, n, rootA, rootB, bounty, deadline }: Order): Promise<{
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
 * A is m x k and Bt is n x k, k being the parameter set's; `bounty` in the smallest unit; `deadline` is the last block in
 * which the result is taken.
 */
export type Order = {
    paramSet: number;
    m: number;
    n: number;
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
import type { ApiPromise } from '@polkadot/api';
import type { Signer } from './transaction.mjs';
import type { Rpc } from './rpc.mjs';
