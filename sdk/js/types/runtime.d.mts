/**
 * Why a node refused a transaction: a {@link SignedForOtherRuntime} where the node runs another runtime than the one it was signed for, else
 * what the node said. For whoever sends by himself what was signed before; `submit` asks by itself.
 *
 * @param {ApiPromise} api
 * @param {Error} refused what the node said
 * @param {Runtime} [signedFor] as {@link runtimeOf} gave it when it was signed
 * @returns {Promise<Error>}
 */
export function refusal(api: ApiPromise, refused: Error, signedFor?: Runtime): Promise<Error>;
/** The node refused a transaction, and runs another runtime than the one it was signed for: it has to be made and signed again. */
export class SignedForOtherRuntime extends Error {
    /**
     * @param {Runtime} signedFor
     * @param {Runtime} running
     * @param {Error} refused what the node said
     */
    constructor(signedFor: Runtime, running: Runtime, refused: Error);
    cause: Error;
    signedFor: Runtime;
    running: Runtime;
}
export function runtimeOf({ runtimeVersion }: Pick<ApiPromise, "runtimeVersion">): Runtime;
/**
 * The runtime that a transaction is signed for.
 */
export type Runtime = {
    specName: string;
    specVersion: number;
    transactionVersion: number;
};
import type { ApiPromise } from '@polkadot/api';
