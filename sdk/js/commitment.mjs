// Section 2 of the PoUW specification: the Merkle roots by which the chain knows matrices.
// The requester computes them itself, so that it doesn't have to believe the node it talks to.

import { blake3 } from '@noble/hashes/blake3';
import { concatBytes } from '@noble/hashes/utils';
import { bytesOf, toHex } from './hex.mjs';
import { STRIP } from './matrix.mjs';

/** @import { Matrix } from './matrix.mjs' */

const utf8 = new TextEncoder();
/** @param {string} name */
const keyOf = (name) => blake3(utf8.encode(`bcai/pouw/v2/${name}`));
const LEAF = keyOf('leaf');
const NODE = keyOf('node');
const TILE = keyOf('tile');

/**
 * @param {Uint8Array} key
 * @param {Uint8Array} bytes
 */
const hash = (key, bytes) => blake3(bytes, { key });

/**
 * All levels of the Merkle tree over `leaves`, from the leaves to the root.
 *
 * @param {Uint8Array[]} leaves hashes of 32 bytes
 */
export function levels(leaves) {
  const tree = [leaves];
  for (let level = leaves; level.length > 1; tree.push(level)) {
    const below = level;
    level = [];
    for (let i = 0; i < below.length; i += 2) {
      level.push(i + 1 < below.length ? hash(NODE, concatBytes(below[i], below[i + 1])) : below[i]);
    }
  }
  return tree;
}

/** @param {Uint8Array[]} leaves */
const rootOf = (leaves) => levels(leaves).slice(-1)[0][0];

/**
 * Leaf hashes of the pieces of A or Bt, strip by strip: a piece is what a strip has in one slab.
 *
 * @param {Matrix} matrix
 */
export function pieceLeaves({ rows, k, slabs, data }) {
  const bytes = bytesOf(data);
  return Array.from({ length: rows / STRIP }, (_, strip) =>
    Array.from({ length: slabs }, (_, slab) => {
      const leaf = blake3.create({ key: LEAF });
      for (let row = strip * STRIP; row < (strip + 1) * STRIP; row++) {
        const start = (row * slabs + slab) * k;
        leaf.update(bytes.subarray(start, start + k));
      }
      return leaf.digest();
    }),
  );
}

/**
 * Roots of the strips of A or Bt, each over the pieces of one.
 *
 * @param {Matrix} matrix
 */
export const stripRoots = (matrix) => pieceLeaves(matrix).map(rootOf);

/**
 * Root of A or Bt, over the roots of its strips.
 *
 * @param {Matrix} matrix
 * @returns {string} 0x-hex
 */
export const stripsRoot = (matrix) => toHex(rootOf(stripRoots(matrix)));

/**
 * Leaf hashes of the tiles of C, given as the bytes of {@link toTiles}.
 *
 * @param {Uint8Array} bytes
 */
export function tileLeaves(bytes) {
  const length = STRIP * STRIP * 4;
  return Array.from({ length: bytes.length / length }, (_, index) => hash(TILE, bytes.subarray(index * length, (index + 1) * length)));
}

/**
 * Root over the tiles of C, given as the bytes of {@link toTiles}.
 *
 * @param {Uint8Array} bytes
 * @returns {string} 0x-hex
 */
export const tilesRoot = (bytes) => toHex(rootOf(tileLeaves(bytes)));
