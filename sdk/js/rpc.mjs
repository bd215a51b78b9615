// How the sdk asks a node: every question has an end.

/** @import { WsProvider } from '@polkadot/api' */

/**
 * Calls a method of the node.
 *
 * @typedef {(method: string, ...parameters: any[]) => Promise<any>} Rpc
 */

/** Milliseconds that the sdk waits for an answer. */
export const TIMEOUT = 60_000;

/** A node that didn't answer. Whether it did what it was asked for is unknown. */
export class RpcTimeout extends Error {
  /**
   * @param {string} method
   * @param {number} milliseconds
   * @param {string} [hint]
   */
  constructor(method, milliseconds, hint = '') {
    super(`${method}: no answer within ${milliseconds / 1000} s${hint}`);
    this.name = 'RpcTimeout';
    this.method = method;
  }
}

/** @param {number} milliseconds */
export const pause = (milliseconds) => new Promise((wake) => setTimeout(wake, milliseconds));

/**
 * The answer to a method, or an RpcTimeout.
 *
 * @template T
 * @param {string} method
 * @param {PromiseLike<T>} answer
 * @param {number} [milliseconds]
 * @param {string} [hint]
 * @returns {Promise<T>}
 */
export async function within(method, answer, milliseconds = TIMEOUT, hint) {
  /** @type {any} */
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new RpcTimeout(method, milliseconds, hint)), milliseconds);
  });
  try {
    return await Promise.race([answer, /** @type {Promise<never>} */ (late)]);
  } finally {
    clearTimeout(timer);
  }
}

/** @type {WeakSet<Rpc>} */
const bounded = new WeakSet();

/**
 * The same with a time-out for every call; what has one already is given back as it is.
 *
 * @param {Rpc} rpc
 * @param {number} [milliseconds]
 * @returns {Rpc}
 */
export function timed(rpc, milliseconds = TIMEOUT) {
  if (bounded.has(rpc)) return rpc;
  return bound((method, ...parameters) => within(method, rpc(method, ...parameters), milliseconds, tooLarge(parameters)));
}

/** @param {Rpc} rpc */
function bound(rpc) {
  bounded.add(rpc);
  return rpc;
}

/**
 * What may be the reason: a server answers a request over its limit with `id: null`, which belongs to nobody.
 *
 * @param {any[]} parameters
 */
function tooLarge(parameters) {
  const longest = Math.max(0, ...parameters.map((each) => (typeof each === 'string' ? each.length : 0)));
  return longest < 100_000 ? '' : ` to a request of ${longest} bytes: is that more than the server's --rpc-max-request-size?`;
}

/**
 * Asks through a provider: each question ends after `timeout` milliseconds, and is asked again for `patience` milliseconds
 * while the connection is lost. All methods of BCAI's own may be asked twice.
 *
 * @param {Pick<WsProvider, 'send'>} provider
 * @param {{ timeout?: number, patience?: number }} [limits]
 * @returns {Rpc}
 */
export function rpcOf(provider, { timeout = TIMEOUT, patience } = {}) {
  const once = timed((method, ...parameters) => provider.send(method, parameters), timeout);
  return bound((method, ...parameters) => insist(() => once(method, ...parameters), patience));
}

/**
 * Is an error no answer, but the loss of the connection? A server that closes it over too large a message (1009) would do so again.
 *
 * @param {unknown} error
 */
export function connectionLost(error) {
  const { message } = /** @type {Error} */ (error);
  return /WebSocket is not connected|disconnected from ws/.test(message) && !/: 1009::/.test(message);
}

/**
 * Does something again until the connection holds: a node that is restarted is no failure. `action` only asks, or may be
 * done twice; the provider connects anew by itself. Fails after `patience` milliseconds without a node.
 *
 * @template T
 * @param {() => Promise<T>} action
 * @returns {Promise<T>}
 */
export async function insist(action, patience = 120_000) {
  const deadline = Date.now() + patience;
  for (;;) {
    try {
      return await action();
    } catch (error) {
      if (!connectionLost(error) || Date.now() > deadline) throw error;
    }
    await pause(200);
  }
}
