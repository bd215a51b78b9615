// Section 2 of the PoUW specification: the Merkle roots by which the chain knows matrices.
// The requester computes them itself, so that it doesn't have to believe the node it talks to.

import { blake3 } from '@noble/hashes/blake3';

const utf8 = new TextEncoder();
const key = (name) => blake3(utf8.encode(`bcai/pouw/v1/${name}`));
const LEAF = key('leaf');
const NODE = key('node');
const TILE = key('tile');
const STRIP = 8;

const hash = (key, bytes) => blake3(bytes, { key });
const hex = (bytes) => `0x${Buffer.from(bytes).toString('hex')}`;

/** All levels of the Merkle tree over `leaves`, from the leaves to the root. */
export function levels(leaves) {
  const tree = [leaves];
  for (let level = leaves; level.length > 1; tree.push(level)) {
    const below = level;
    level = [];
    for (let i = 0; i < below.length; i += 2) {
      level.push(i + 1 < below.length ? hash(NODE, Buffer.concat([below[i], below[i + 1]])) : below[i]);
    }
  }
  return tree;
}

const root = (leaves) => hex(levels(leaves).at(-1)[0]);

/** Leaf hashes of the strips of A or Bt: `matrix` is { rows, k, data: Int8Array }. */
export function stripLeaves({ k, data }) {
  const bytes = new Uint8Array(data.buffer, data.byteOffset, data.length);
  return split(bytes, STRIP * k).map((strip) => hash(LEAF, strip));
}

/** Root over the strips of A or Bt. */
export const stripsRoot = (matrix) => root(stripLeaves(matrix));

function split(bytes, length) {
  return Array.from({ length: bytes.length / length }, (_, index) => bytes.subarray(index * length, (index + 1) * length));
}

/** C (row-major Int32Array, `columns` wide) as the little-endian bytes of its tiles, tile after tile. */
export function toTiles(c, columns) {
  const bytes = new Uint8Array(c.length * 4);
  const view = new DataView(bytes.buffer);
  forEachCell(c.length / columns, columns, (cell, place) => view.setInt32(place * 4, c[cell], true));
  return bytes;
}

/** The reverse of {@link toTiles}. */
export function fromTiles(bytes, columns) {
  const c = new Int32Array(bytes.length / 4);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  forEachCell(c.length / columns, columns, (cell, place) => (c[cell] = view.getInt32(place * 4, true)));
  return c;
}

function forEachCell(rows, columns, visit) {
  const across = columns / STRIP;
  for (let y = 0; y < rows; y++) {
    for (let x = 0; x < columns; x++) {
      const tile = Math.floor(y / STRIP) * across + Math.floor(x / STRIP);
      visit(y * columns + x, tile * STRIP * STRIP + (y % STRIP) * STRIP + (x % STRIP));
    }
  }
}

/** Leaf hashes of the tiles of C, given as the bytes of {@link toTiles}. */
export const tileLeaves = (bytes) => split(bytes, STRIP * STRIP * 4).map((tile) => hash(TILE, tile));

/** Root over the tiles of C, given as the bytes of {@link toTiles}. */
export const tilesRoot = (bytes) => root(tileLeaves(bytes));
