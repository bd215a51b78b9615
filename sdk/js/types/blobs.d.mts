/**
 * How much a node takes and gives in one message: bytes of a part of an upload, bytes of a fetch, ids of a look at tasks.
 *
 * @param {Rpc} rpc
 * @returns {Promise<{ maxPartBytes?: number, maxFetchBytes?: number, maxTasks?: number }>}
 */
export function limits(rpc: Rpc): Promise<{
    maxPartBytes?: number;
    maxFetchBytes?: number;
    maxTasks?: number;
}>;
/**
 * Uploads a matrix part by part and returns what the node says of it. The miner must be of this node: matrices don't travel.
 *
 * @param {Rpc} rpc
 * @param {About} about
 * @param {ArrayBufferView} matrix `data` of A or Bt, or the bytes of the tiles of C
 * @returns {Promise<BlobInfo>}
 */
export function upload(rpc: Rpc, about: About, matrix: ArrayBufferView, tries?: number): Promise<BlobInfo>;
/**
 * All bytes of a matrix that the node stores, fetched part by part.
 *
 * @param {Rpc} rpc
 * @param {string} root
 * @returns {Promise<Uint8Array>}
 */
export function fetchBlob(rpc: Rpc, root: string): Promise<Uint8Array>;
/**
 * What is uploaded: A and Bt have `rows` and `slabs` (1 where that is left out), C has `rows` and `cols`.
 */
export type About = {
    kind: "a" | "b" | "c";
    paramSet: number;
    rows: number;
    slabs?: number;
    cols?: number;
};
/**
 * What a node says of a matrix that it stores; `slabs` of A and Bt alone.
 */
export type BlobInfo = {
    root: string;
    kind: "a" | "b" | "c";
    paramSet: number;
    slabs?: number;
    leaves: number;
    length: number;
};
import type { Rpc } from './rpc.mjs';
