// Matrices as a requester has them, and C in the order in which nodes store it.

/** Rows of A, and columns of C, come in strips of eight. */
export const STRIP = 8;

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
export function product(a, bt) {
  const c = new Int32Array(a.rows * bt.rows);
  for (let row = 0; row < a.rows; row++) {
    for (let column = 0; column < bt.rows; column++) {
      let sum = 0;
      for (let l = 0; l < a.k; l++) sum += a.data[row * a.k + l] * bt.data[column * a.k + l];
      c[row * bt.rows + column] = sum;
    }
  }
  return c;
}

/**
 * C, row after row, as the little-endian bytes of its tiles, tile after tile.
 *
 * @param {Int32Array} c
 * @param {number} columns
 * @returns {Uint8Array}
 */
export function toTiles(c, columns) {
  const bytes = new Uint8Array(c.length * 4);
  const view = new DataView(bytes.buffer);
  forEachCell(c.length / columns, columns, (cell, place) => view.setInt32(place * 4, c[cell], true));
  return bytes;
}

/**
 * The reverse of {@link toTiles}.
 *
 * @param {Uint8Array} bytes
 * @param {number} columns
 * @returns {Int32Array}
 */
export function fromTiles(bytes, columns) {
  const c = new Int32Array(bytes.length / 4);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  forEachCell(c.length / columns, columns, (cell, place) => (c[cell] = view.getInt32(place * 4, true)));
  return c;
}

/**
 * @param {number} rows
 * @param {number} columns
 * @param {(cell: number, place: number) => void} visit
 */
function forEachCell(rows, columns, visit) {
  const across = columns / STRIP;
  for (let y = 0; y < rows; y++) {
    for (let x = 0; x < columns; x++) {
      const tile = Math.floor(y / STRIP) * across + Math.floor(x / STRIP);
      visit(y * columns + x, tile * STRIP * STRIP + (y % STRIP) * STRIP + (x % STRIP));
    }
  }
}
