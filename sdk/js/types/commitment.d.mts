/**
 * All levels of the Merkle tree over `leaves`, from the leaves to the root.
 *
 * @param {Uint8Array[]} leaves hashes of 32 bytes
 */
export function levels(leaves: Uint8Array[]): Uint8Array<ArrayBufferLike>[][];
export function stripLeaves({ k, data }: Pick<Matrix, "k" | "data">): Uint8Array<ArrayBufferLike>[];
export function stripsRoot(matrix: Pick<Matrix, "k" | "data">): string;
export function tileLeaves(bytes: Uint8Array): Uint8Array<ArrayBufferLike>[];
export function tilesRoot(bytes: Uint8Array): string;
import type { Matrix } from './matrix.mjs';
