/**
 * A or Bt as the chain knows it: `rows` rows of `slabs * k` values in [-64, 64] each, one after another. {@link inSlabs} makes it of a
 * matrix of any width.
 *
 * @typedef {{ rows: number, k: number, slabs: number, data: Int8Array }} Matrix
 */
/**
 * The fewest slabs that hold `columns` columns in a parameter set.
 *
 * @param {number} paramSet
 * @param {number} columns
 * @returns {number}
 */
export function slabsOf(paramSet: number, columns: number): number;
/**
 * A or Bt, row after row, in the fewest slabs of a parameter set that hold it, each row padded with zeros: they change nothing in C.
 * What fills its slabs already is not copied.
 *
 * @param {number} paramSet
 * @param {number} rows
 * @param {Int8Array} data
 * @returns {Matrix}
 */
export function inSlabs(paramSet: number, rows: number, data: Int8Array): Matrix;
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
/** Columns of a slab in each parameter set. */
export const SLAB_COLUMNS: number[];
/** Most slabs of a task. */
export const MAX_SLABS: 8;
/**
 * A or Bt as the chain knows it: `rows` rows of `slabs * k` values in [-64, 64] each, one after another. {@link inSlabs} makes it of a
 * matrix of any width.
 */
export type Matrix = {
    rows: number;
    k: number;
    slabs: number;
    data: Int8Array;
};
