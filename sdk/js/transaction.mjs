// A transaction, from its signing to its block, or to the certainty that it is in none.

import { CallError, failures } from './outcome.mjs';
import { connectionLost, pause, RpcTimeout, within } from './rpc.mjs';
import { refusal, runtimeOf } from './runtime.mjs';

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
  constructor(transaction, reason) {
    super(`${reason}; transaction ${transaction.hash} may still be included until block ${transaction.until}`);
    this.name = 'MayStillBeIncluded';
    this.transaction = transaction;
    this.until = transaction.until;
  }
}

/** The transaction is in no block, and can't be any more: it did nothing and costs nothing. */
export class NotIncluded extends Error {
  /**
   * @param {Transaction} transaction
   * @param {string} reason
   */
  constructor(transaction, reason) {
    super(`transaction ${transaction.hash} is in no block and can't be any more: ${reason}`);
    this.name = 'NotIncluded';
    this.transaction = transaction;
  }
}

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
export async function submit(api, call, signer, { patience = 120_000, mortality = 64, nonce, tip } = {}) {
  const deadline = Date.now() + patience;
  const { signed, transaction, signedFor } = await sign(api, call, signer, { mortality, nonce, tip });
  const { reason, ...included } = await watch(api, signed, patience).catch(async (refused) => {
    throw await refusal(api, refused, signedFor);
  });
  if (included.block && included.events) return judged(api, included.block, included.events);
  return search(api, transaction, deadline, reason ?? 'the events of its block could not be read');
}

/**
 * Waits for a transaction that {@link MayStillBeIncluded}, and ends as {@link submit} does.
 *
 * @param {ApiPromise} api
 * @param {Transaction} transaction
 * @returns {Promise<Included>}
 */
export function outcomeOf(api, transaction, patience = 120_000) {
  return search(api, transaction, Date.now() + patience, `it is in no block after ${patience / 1000} s`);
}

/**
 * @param {ApiPromise} api
 * @param {SubmittableExtrinsic<'promise'>} call
 * @param {Signer} signer
 * @param {SubmitOptions & { mortality: number }} options
 */
async function sign(api, call, signer, { mortality, nonce, tip = 0n }) {
  const sender = typeof signer === 'object' && 'address' in signer ? signer.address : signer.toString();
  const [next, head] = await Promise.all([
    nonce ?? within('system_accountNextIndex', api.rpc.system.accountNextIndex(sender)).then((index) => index.toNumber()),
    anchor(api, mortality),
  ]);
  const era = api.registry.createType('ExtrinsicEra', { current: head.number, period: mortality });
  const signedFor = runtimeOf(api);
  const signed = await call.signAsync(signer, { nonce: next, tip, era, blockHash: head.hash });
  const from = era.asMortalEra.birth(head.number);
  const transaction = { hash: signed.hash.toHex(), encoded: signed.toHex(), sender, nonce: next, from, until: from + mortality - 1 };
  return { signed, transaction, signedFor };
}

/**
 * The block from which a transaction's life is counted: one that no fork takes back, unless finality is far behind.
 *
 * @param {ApiPromise} api
 * @param {number} mortality
 */
async function anchor(api, mortality) {
  const [best, final] = await Promise.all([
    within('chain_getHeader', api.rpc.chain.getHeader()),
    finalized(api),
  ]);
  if (best.number.toNumber() - final.number <= mortality / 2) return final;
  return { number: best.number.toNumber(), hash: best.hash.toHex() };
}

/** @param {ApiPromise} api */
async function finalized(api) {
  const hash = await within('chain_getFinalizedHead', api.rpc.chain.getFinalizedHead());
  const { number } = await within('chain_getHeader', api.rpc.chain.getHeader(hash));
  return { number: number.toNumber(), hash: hash.toHex() };
}

/** What a node answers where the transaction is known: in its pool, or in somebody's not long ago. */
const KNOWN = [1012, 1013];

/**
 * Sends a transaction and listens until it is in a block, or nothing more is to be heard of it.
 *
 * @param {ApiPromise} api
 * @param {SubmittableExtrinsic<'promise'>} signed
 * @param {number} patience
 * @returns {Promise<{ block?: string, events?: IEvent<any>[], reason?: string }>}
 */
function watch(api, signed, patience) {
  return new Promise((resolve, reject) => {
    let ended = false;
    let stop = () => {};
    /** @type {(settle: (value: any) => void, value: unknown) => void} */
    const end = (settle, value) => {
      if (ended) return;
      ended = true;
      clearTimeout(deadline);
      api.off('disconnected', lost);
      stop();
      settle(value);
    };
    const open = (/** @type {string} */ reason) => end(resolve, { reason });
    const lost = () => open('the connection to the node was lost');
    const deadline = setTimeout(() => open(`it is in no block after ${patience / 1000} s`), patience);
    api.on('disconnected', lost);
    signed
      .send(({ status, events, isError }) => {
        if (isError) open(status.isInBlock ? 'the events of its block could not be read' : `the node's pool says "${status.type.toLowerCase()}"`);
        else if (status.isInBlock) end(resolve, { block: status.asInBlock.toHex(), events: events.map(({ event }) => event) });
      })
      .then(
        (unsubscribe) => {
          stop = unsubscribe;
          if (ended) stop();
        },
        (error) => {
          // An error of the node's is its refusal; anything else leaves open whether it has the transaction.
          if (typeof error.code === 'number' && !KNOWN.includes(error.code)) end(reject, error);
          else open(error.message);
        },
      );
  });
}

/**
 * Looks for a transaction in the blocks that may have it, until it is found or can't come any more.
 *
 * @param {ApiPromise} api
 * @param {Transaction} transaction
 * @param {number} deadline
 * @param {string} reason why nothing is heard of it
 * @returns {Promise<Included>}
 */
async function search(api, transaction, deadline, reason) {
  const { encoded, sender, nonce, from, until } = transaction;
  const without = new Set();
  let first = from;
  for (;;) {
    try {
      const final = await finalized(api);
      const best = (await within('chain_getHeader', api.rpc.chain.getHeader())).number.toNumber();
      for (let number = first; number <= Math.min(best, until); number++) {
        const block = (await within('chain_getBlockHash', api.rpc.chain.getBlockHash(number))).toHex();
        if (without.has(block)) continue;
        const { block: { extrinsics } } = await within('chain_getBlock', api.rpc.chain.getBlock.raw(block));
        const index = extrinsics.indexOf(encoded);
        if (index >= 0) return judged(api, block, await eventsOf(api, block, index));
        without.add(block);
      }
      if (final.number >= until) throw new NotIncluded(transaction, `block ${until}, its last one, is final`);
      const account = await stateAt(api, final.hash, (query) => query.system.account(sender));
      if (account.nonce.toNumber() > nonce) throw new NotIncluded(transaction, `another transaction of ${sender} with nonce ${nonce} is final`);
      first = final.number + 1;
    } catch (error) {
      if (!connectionLost(error) && !(error instanceof RpcTimeout)) throw error;
    }
    if (Date.now() > deadline) throw new MayStillBeIncluded(transaction, reason);
    await pause(400);
  }
}

/**
 * What the chain's storage had at the end of a block.
 *
 * @param {ApiPromise} api
 * @param {string} block
 * @param {(query: any) => any} read
 */
function stateAt(api, block, read) {
  return within('state_getStorage', api.at(block).then(({ query }) => read(query)));
}

/**
 * The events of a block's transaction number `index`.
 *
 * @param {ApiPromise} api
 * @param {string} block
 * @param {number} index
 * @returns {Promise<IEvent<any>[]>}
 */
async function eventsOf(api, block, index) {
  const records = await stateAt(api, block, (query) => query.system.events());
  return records
    .filter((/** @type {any} */ { phase }) => phase.isApplyExtrinsic && phase.asApplyExtrinsic.toNumber() === index)
    .map((/** @type {any} */ { event }) => event);
}

/**
 * @param {ApiPromise} api
 * @param {string} block
 * @param {IEvent<any>[]} events
 * @returns {Included}
 */
function judged(api, block, events) {
  const failed = failures(api, events);
  if (failed.length > 0) throw new CallError(failed, block, events);
  return { block, events };
}
