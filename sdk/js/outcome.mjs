// What became of a transaction that is in a block: also of the calls inside of it, whose failure the transaction survives.

/**
 * @import { ApiPromise } from '@polkadot/api'
 * @import { IEvent } from '@polkadot/types/types'
 */

/**
 * A call that failed: the error's pallet, name and documentation in the runtime, the event that tells, and which item of a
 * batch it was, from 0 on, where that is certain: a batch inside of a batch has items of its own.
 *
 * @typedef {{ pallet: string, name: string, docs: string, event: string, item?: number }} Failure
 */

/** A call that the chain refused, or whose inside it refused; all that failed is in `failures`, the first of it here. */
export class CallError extends Error {
  /**
   * @param {Failure[]} failures
   * @param {string} block the hash of the transaction's block: it has paid its fee, and what did not fail is done
   * @param {IEvent<any>[]} events
   */
  constructor(failures, block, events) {
    const [{ pallet, name, docs, event, item }] = failures;
    const where = event === 'system.ExtrinsicFailed' ? '' : ` (${event}${item === undefined ? '' : `, item ${item} of the batch`})`;
    const more = failures.length === 1 ? '' : `; ${failures.length} calls inside failed`;
    super(`${pallet}.${name}${where}: ${docs}${more}`);
    this.pallet = pallet;
    this.name = name;
    this.docs = docs;
    this.item = item;
    this.failures = failures;
    this.block = block;
    this.events = events;
  }
}

/** Ends of a batch: an event of each batch that was done. */
const ENDS = ['BatchCompleted', 'BatchCompletedWithErrors', 'BatchInterrupted'];

/**
 * All that failed according to the events of one transaction: every event that carries an error or a failed result counts,
 * whichever pallet calls on somebody's behalf.
 *
 * @param {ApiPromise} api
 * @param {IEvent<any>[]} events
 * @returns {Failure[]}
 */
export function failures(api, events) {
  const utility = events.filter(({ section }) => section === 'utility').map(({ method }) => method);
  const oneBatch = utility.filter((method) => ENDS.includes(method)).length === 1;
  let items = 0;
  return events.flatMap((event) => {
    const { section, method, data } = event;
    const name = `${section}.${method}`;
    /** @type {number | undefined} */
    let item;
    if (name === 'utility.ItemCompleted' || name === 'utility.ItemFailed') item = oneBatch ? items++ : undefined;
    if (name === 'utility.BatchInterrupted') item = data.index.toNumber();
    // The caller said what to do instead, and that succeeded.
    if (name === 'utility.IfElseFallbackCalled') return [];
    return [...data].map(dispatchError).filter(Boolean).map((error) => ({ ...named(api, error), event: name, ...(item === undefined ? {} : { item }) }));
  });
}

/**
 * The error that a field of an event is or has, if any.
 *
 * @param {any} field
 */
function dispatchError(field) {
  const error = 'isErr' in field ? field.isErr && field.asErr : field;
  // After a call that tells its weight, the error has that beside it.
  const inner = error && 'postInfo' in error ? error.error : error;
  return inner && 'isModule' in inner && 'isBadOrigin' in inner ? inner : undefined;
}

/**
 * @param {ApiPromise} api
 * @param {any} error
 */
function named(api, error) {
  if (error.isModule) {
    const { section, name, docs } = api.registry.findMetaError(error.asModule);
    return { pallet: section, name, docs: docs.join(' ') };
  }
  const inner = error.value?.type;
  return { pallet: 'runtime', name: inner ? `${error.type}.${inner}` : error.type, docs: 'refused by the runtime itself' };
}
