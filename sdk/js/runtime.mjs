// The runtime that a transaction was signed for, where a node refuses it. The signature covers the runtime's version, so that
// one for another runtime looks wrong to the node: "Transaction has a bad signature".

import { within } from './rpc.mjs';

/** @import { ApiPromise } from '@polkadot/api' */

/**
 * The runtime that a transaction is signed for.
 *
 * @typedef {{ specName: string, specVersion: number, transactionVersion: number }} Runtime
 */

/** @param {Runtime} runtime */
const named = ({ specName, specVersion, transactionVersion }) => `${specName} ${specVersion} (transactions ${transactionVersion})`;

/** The node refused a transaction, and runs another runtime than the one it was signed for: it has to be made and signed again. */
export class SignedForOtherRuntime extends Error {
  /**
   * @param {Runtime} signedFor
   * @param {Runtime} running
   * @param {Error} refused what the node said
   */
  constructor(signedFor, running, refused) {
    super(
      `the transaction was signed for ${named(signedFor)}, and the node runs ${named(running)}: ` +
        `wait until api.runtimeVersion is the node's, or connect anew, then make and sign it again (the node said "${refused.message}")`,
    );
    this.name = 'SignedForOtherRuntime';
    this.cause = refused;
    this.signedFor = signedFor;
    this.running = running;
  }
}

/**
 * The runtime that an api holds: its transactions are signed for this one. To be kept beside one that is sent later.
 *
 * @param {Pick<ApiPromise, 'runtimeVersion'>} api
 * @returns {Runtime}
 */
export const runtimeOf = ({ runtimeVersion }) => plain(runtimeVersion);

/**
 * Why a node refused a transaction: a {@link SignedForOtherRuntime} where the node runs another runtime than the one it was signed for, else
 * what the node said. For whoever sends by himself what was signed before; `submit` asks by itself.
 *
 * @param {ApiPromise} api
 * @param {Error} refused what the node said
 * @param {Runtime} [signedFor] as {@link runtimeOf} gave it when it was signed
 * @returns {Promise<Error>}
 */
export async function refusal(api, refused, signedFor = runtimeOf(api)) {
  try {
    const running = plain(await within('state_getRuntimeVersion', api.rpc.state.getRuntimeVersion()));
    return named(running) === named(signedFor) ? refused : new SignedForOtherRuntime(signedFor, running, refused);
  } catch {
    // A node that doesn't tell has said why it refuses all the same.
    return refused;
  }
}

/**
 * @param {ApiPromise['runtimeVersion']} version
 * @returns {Runtime}
 */
function plain({ specName, specVersion, transactionVersion }) {
  return { specName: specName.toString(), specVersion: specVersion.toNumber(), transactionVersion: transactionVersion.toNumber() };
}
