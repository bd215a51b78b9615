/**
 * A or Bt: `rows` rows of `k` values in [-64, 64] each, one after another.
 *
 * @typedef {{ rows: number, k: number, data: Int8Array }} Matrix
 */
/**
 * C = A x Bt^T, computed here, slowly: what a spot check or a test compares the network's result with.
 *
 * @param {Matrix} a
 * @param {Matrix} bt
 * @returns {Int32Array} a.rows x bt.rows, row after row
 */
export function product(a: Matrix, bt: Matrix): Int32Array;
/**
 * C, row after row, as the little-endian bytes of its tiles, tile after tile.
 *
 * @param {Int32Array} c
 * @param {number} columns
 * @returns {Uint8Array}
 */
export function toTiles(c: Int32Array, columns: number): Uint8Array;
/**
 * The reverse of {@link toTiles}.
 *
 * @param {Uint8Array} bytes
 * @param {number} columns
 * @returns {Int32Array}
 */
export function fromTiles(bytes: Uint8Array, columns: number): Int32Array;
/** Rows of A, and columns of C, come in strips of eight. */
export const STRIP: 8;
/**
 * A or Bt: `rows` rows of `k` values in [-64, 64] each, one after another.
 */
export type Matrix = {
    rows: number;
    k: number;
    data: Int8Array;
};
