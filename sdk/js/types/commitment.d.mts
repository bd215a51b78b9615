/**
 * All levels of the Merkle tree over `leaves`, from the leaves to the root.
 *
 * @param {Uint8Array[]} leaves hashes of 32 bytes
 */
export function levels(leaves: Uint8Array[]): Uint8Array<ArrayBufferLike>[][];
/**
 * Leaf hashes of the pieces of A or Bt, strip by strip: a piece is what a strip has in one slab.
 *
 * @param {Matrix} matrix
 */
export function pieceLeaves({ rows, k, slabs, data }: Matrix): Uint8Array<ArrayBufferLike>[][];
/**
 * Leaf hashes of the tiles of C, given as the bytes of {@link toTiles}.
 *
 * @param {Uint8Array} bytes
 */
export function tileLeaves(bytes: Uint8Array): Uint8Array<ArrayBufferLike>[];
export function stripRoots(matrix: Matrix): Uint8Array<ArrayBufferLike>[];
export function stripsRoot(matrix: Matrix): string;
export function tilesRoot(bytes: Uint8Array): string;
import type { Matrix } from './matrix.mjs';
