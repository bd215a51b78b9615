/**
 * Does something again until the connection holds: a node that is restarted is no failure. `action` only asks, or may be
 * done twice; the provider connects anew by itself. Fails after `patience` milliseconds without a node.
 *
 * @template T
 * @param {() => Promise<T>} action
 * @returns {Promise<T>}
 */
export function insist<T>(action: () => Promise<T>, patience?: number): Promise<T>;
export function pause(milliseconds: number): Promise<any>;
/**
 * Calls a method of the node.
 */
export type Rpc = (method: string, ...parameters: any[]) => Promise<any>;
