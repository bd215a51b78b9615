// How the sdk asks a node.

/**
 * Calls a method of the node.
 *
 * @typedef {(method: string, ...parameters: any[]) => Promise<any>} Rpc
 */

/** @param {number} milliseconds */
export const pause = (milliseconds) => new Promise((wake) => setTimeout(wake, milliseconds));

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
      const lost = /WebSocket is not connected|disconnected from ws/.test(/** @type {Error} */ (error).message);
      if (!lost || Date.now() > deadline) throw error;
    }
    await pause(200);
  }
}
