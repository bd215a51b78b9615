// A task, from its posting to its end.

import { pause } from './rpc.mjs';
import { submit } from './transaction.mjs';

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
export async function postTask(api, signer, { paramSet, m, n, rootA, rootB, bounty, deadline }) {
  const { block, events } = await submit(api, api.tx.pouw.postTask(paramSet, m, n, rootA, rootB, bounty, deadline), signer);
  const posted = /** @type {any} */ (events.find((event) => api.events.pouw.TaskPosted.is(event)));
  return { task: posted.data.task.toNumber(), block };
}

/**
 * Looks at a task until it is finalised, and tells `onChange` of every state that differs from the one before.
 * Fails where nothing changes for `patience` milliseconds, or where the task is gone.
 *
 * @param {Rpc} rpc
 * @param {number} id
 * @param {(task: Task) => unknown} [onChange]
 * @returns {Promise<Task>}
 */
export async function followTask(rpc, id, onChange = () => {}, patience = 120_000) {
  let last = '';
  let since = Date.now();
  for (;;) {
    const task = await rpc('pouw_task', id);
    if (!task) throw new Error(`task ${id} is gone: it expired or was cancelled`);
    const now = JSON.stringify(task.state);
    if (now !== last) {
      [last, since] = [now, Date.now()];
      await onChange(task);
    }
    if (task.state.status === 'finalized') return task;
    if (Date.now() - since > patience) {
      throw new Error(`task ${id} stayed "${task.state.status}" for ${patience / 1000} seconds`);
    }
    await pause(200);
  }
}
