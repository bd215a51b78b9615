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
export function within<T>(method: string, answer: PromiseLike<T>, milliseconds?: number, hint?: string): Promise<T>;
/**
 * The same with a time-out for every call; what has one already is given back as it is.
 *
 * @param {Rpc} rpc
 * @param {number} [milliseconds]
 * @returns {Rpc}
 */
export function timed(rpc: Rpc, milliseconds?: number): Rpc;
/**
 * Asks through a provider: each question ends after `timeout` milliseconds, and is asked again for `patience` milliseconds
 * while the connection is lost. All methods of BCAI's own may be asked twice.
 *
 * @param {Pick<WsProvider, 'send'>} provider
 * @param {{ timeout?: number, patience?: number }} [limits]
 * @returns {Rpc}
 */
export function rpcOf(provider: Pick<WsProvider, "send">, { timeout, patience }?: {
    timeout?: number;
    patience?: number;
}): Rpc;
/**
 * Is an error no answer, but the loss of the connection? A server that closes it over too large a message (1009) would do so again.
 *
 * @param {unknown} error
 */
export function connectionLost(error: unknown): boolean;
/**
 * Does something again until the connection holds: a node that is restarted is no failure. `action` only asks, or may be
 * done twice; the provider connects anew by itself. Fails after `patience` milliseconds without a node.
 *
 * @template T
 * @param {() => Promise<T>} action
 * @returns {Promise<T>}
 */
export function insist<T>(action: () => Promise<T>, patience?: number): Promise<T>;
/** @import { WsProvider } from '@polkadot/api' */
/**
 * Calls a method of the node.
 *
 * @typedef {(method: string, ...parameters: any[]) => Promise<any>} Rpc
 */
/** Milliseconds that the sdk waits for an answer. */
export const TIMEOUT: 60000;
/** A node that didn't answer. Whether it did what it was asked for is unknown. */
export class RpcTimeout extends Error {
    /**
     * @param {string} method
     * @param {number} milliseconds
     * @param {string} [hint]
     */
    constructor(method: string, milliseconds: number, hint?: string);
    method: string;
}
export function pause(milliseconds: number): Promise<any>;
/**
 * Calls a method of the node.
 */
export type Rpc = (method: string, ...parameters: any[]) => Promise<any>;
import type { WsProvider } from '@polkadot/api';
