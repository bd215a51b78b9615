// Section 2 of the PoUW specification: the Merkle roots by which the chain knows matrices.
// The requester computes them itself, so that it doesn't have to believe the node it talks to.

import { blake3 } from '@noble/hashes/blake3';
import { concatBytes } from '@noble/hashes/utils';
import { bytesOf, toHex } from './hex.mjs';
import { STRIP } from './matrix.mjs';

/** @import { Matrix } from './matrix.mjs' */

const utf8 = new TextEncoder();
/** @param {string} name */
const keyOf = (name) => blake3(utf8.encode(`bcai/pouw/v1/${name}`));
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
const root = (leaves) => toHex(levels(leaves).slice(-1)[0][0]);

/**
 * Leaf hashes of the strips of A or Bt.
 *
 * @param {Pick<Matrix, 'k' | 'data'>} matrix
 */
export const stripLeaves = ({ k, data }) => split(bytesOf(data), STRIP * k).map((strip) => hash(LEAF, strip));

/**
 * Root over the strips of A or Bt.
 *
 * @param {Pick<Matrix, 'k' | 'data'>} matrix
 * @returns {string} 0x-hex
 */
export const stripsRoot = (matrix) => root(stripLeaves(matrix));

/**
 * @param {Uint8Array} bytes
 * @param {number} length of one piece
 */
function split(bytes, length) {
  return Array.from({ length: bytes.length / length }, (_, index) => bytes.subarray(index * length, (index + 1) * length));
}

/**
 * Leaf hashes of the tiles of C, given as the bytes of {@link toTiles}.
 *
 * @param {Uint8Array} bytes
 */
export const tileLeaves = (bytes) => split(bytes, STRIP * STRIP * 4).map((tile) => hash(TILE, tile));

/**
 * Root over the tiles of C, given as the bytes of {@link toTiles}.
 *
 * @param {Uint8Array} bytes
 * @returns {string} 0x-hex
 */
export const tilesRoot = (bytes) => root(tileLeaves(bytes));
