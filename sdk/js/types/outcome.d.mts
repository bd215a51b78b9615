/**
 * All that failed according to the events of one transaction: every event that carries an error or a failed result counts,
 * whichever pallet calls on somebody's behalf.
 *
 * @param {ApiPromise} api
 * @param {IEvent<any>[]} events
 * @returns {Failure[]}
 */
export function failures(api: ApiPromise, events: IEvent<any>[]): Failure[];
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
    constructor(failures: Failure[], block: string, events: IEvent<any>[]);
    pallet: string;
    docs: string;
    item: number | undefined;
    failures: Failure[];
    block: string;
    events: IEvent<any, any>[];
}
/**
 * A call that failed: the error's pallet, name and documentation in the runtime, the event that tells, and which item of a
 * batch it was, from 0 on, where that is certain: a batch inside of a batch has items of its own.
 */
export type Failure = {
    pallet: string;
    name: string;
    docs: string;
    event: string;
    item?: number;
};
import type { ApiPromise } from '@polkadot/api';
import type { IEvent } from '@polkadot/types/types';
