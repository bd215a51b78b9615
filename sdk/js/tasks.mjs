// A task, from its posting to its end.

import { pause, timed } from './rpc.mjs';
import { submit } from './transaction.mjs';

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
  constructor(fee, maxFee) {
    super(`the posting fee is ${fee}, which is more than the maxFee of ${maxFee}`);
    this.name = 'PostingFeeTooHigh';
    this.fee = fee;
    this.maxFee = maxFee;
  }
}

/**
 * What a task costs its requester beside the bounty, burned when it is posted, and what its claim puts on hold; in the smallest unit.
 *
 * @param {Rpc} rpc
 * @param {Pick<Order, 'paramSet' | 'm' | 'n' | 'slabs' | 'bounty'>} order
 * @returns {Promise<{ fee: bigint, bond: bigint }>}
 */
export async function postingQuote(rpc, { paramSet, m, n, slabs, bounty }) {
  const { fee, bond } = await timed(rpc)('pouw_postingQuote', paramSet, m, n, slabs, bounty.toString());
  return { fee: BigInt(fee), bond: BigInt(bond) };
}

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
export async function postTask(api, rpc, signer, { maxFee, ...order }) {
  const { fee } = await postingQuote(rpc, order);
  const most = maxFee ?? fee;
  if (fee > most) throw new PostingFeeTooHigh(fee, most);
  const { paramSet, m, n, slabs, rootA, rootB, bounty, deadline } = order;
  const call = api.tx.pouw.postTask(paramSet, m, n, slabs, rootA, rootB, bounty, deadline, most);
  const { block, events } = await submit(api, call, signer);
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
  const ask = timed(rpc);
  let last = '';
  let since = Date.now();
  for (;;) {
    const task = await ask('pouw_task', id);
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
