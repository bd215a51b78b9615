// A transaction, from its signing to its block.

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
  constructor(pallet, name, docs) {
    super(`${pallet}.${name}: ${docs}`);
    this.pallet = pallet;
    this.name = name;
    this.docs = docs;
  }
}

/**
 * @param {ApiPromise} api
 * @param {any} error
 */
function callError(api, error) {
  if (!error.isModule) return new CallError('runtime', error.toString(), 'refused by the runtime itself');
  const { section, name, docs } = api.registry.findMetaError(error.asModule);
  return new CallError(section, name, docs.join(' '));
}

/**
 * Signs a call, sends it and waits for its block. Throws a CallError where the call failed, and an Error where the
 * transaction is in no block after `patience` milliseconds, or the connection is lost before.
 *
 * @param {ApiPromise} api
 * @param {SubmittableExtrinsic<'promise'>} call
 * @param {Signer} signer
 * @returns {Promise<Included>}
 */
export function submit(api, call, signer, patience = 120_000) {
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
    const lost = () => end(reject, new Error('the connection to the node was lost before the transaction was in a block'));
    const deadline = setTimeout(() => end(reject, new Error(`the transaction is in no block after ${patience / 1000} s`)), patience);
    api.on('disconnected', lost);
    call
      .signAndSend(signer, { nonce: -1 }, ({ status, events, dispatchError, isError }) => {
        if (dispatchError && status.isInBlock) end(reject, callError(api, dispatchError));
        else if (isError) end(reject, new Error(`the transaction was dropped: ${status.type}`));
        else if (status.isInBlock) end(resolve, { block: status.asInBlock.toHex(), events: events.map(({ event }) => event) });
      })
      .then(
        (unsubscribe) => {
          stop = unsubscribe;
          if (ended) stop();
        },
        (error) => end(reject, error),
      );
  });
}
