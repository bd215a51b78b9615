// Matrices as a requester has them, as the chain knows them, and C in the order in which nodes store it.

/** Rows of A, and columns of C, come in strips of eight. */
export const STRIP = 8;

/** Columns of a slab in each parameter set. */
export const SLAB_COLUMNS = [1024, 4096];

/** Most slabs of a task. */
export const MAX_SLABS = 8;

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
export function slabsOf(paramSet, columns) {
  const k = SLAB_COLUMNS[paramSet];
  if (k === undefined) throw new RangeError(`there is no parameter set ${paramSet}: the highest is ${SLAB_COLUMNS.length - 1}`);
  const most = MAX_SLABS * k;
  if (!Number.isInteger(columns) || columns < 1 || columns > most) {
    throw new RangeError(`an inner dimension of ${columns}: a task of parameter set ${paramSet} has 1 to ${most} (${MAX_SLABS} slabs of ${k})`);
  }
  return Math.ceil(columns / k);
}

/**
 * A or Bt, row after row, in the fewest slabs of a parameter set that hold it, each row padded with zeros: they change nothing in C.
 * What fills its slabs already is not copied.
 *
 * @param {number} paramSet
 * @param {number} rows
 * @param {Int8Array} data
 * @returns {Matrix}
 */
export function inSlabs(paramSet, rows, data) {
  if (!(rows > 0) || rows % STRIP !== 0) throw new RangeError(`${rows} rows: a matrix has whole strips of ${STRIP}`);
  const columns = data.length / rows;
  const slabs = slabsOf(paramSet, columns);
  const k = SLAB_COLUMNS[paramSet];
  const inner = slabs * k;
  if (inner === columns) return { rows, k, slabs, data };
  const padded = new Int8Array(rows * inner);
  for (let row = 0; row < rows; row++) padded.set(data.subarray(row * columns, (row + 1) * columns), row * inner);
  return { rows, k, slabs, data: padded };
}

/**
 * C = A x Bt^T, computed here, slowly: what a spot check or a test compares the network's result with.
 *
 * @param {Matrix} a
 * @param {Matrix} bt
 * @returns {Int32Array} a.rows x bt.rows, row after row
 */
export function product(a, bt) {
  const inner = a.slabs * a.k;
  if (bt.slabs * bt.k !== inner) throw new RangeError(`A has ${inner} columns, Bt ${bt.slabs * bt.k}`);
  const c = new Int32Array(a.rows * bt.rows);
  for (let row = 0; row < a.rows; row++) {
    for (let column = 0; column < bt.rows; column++) {
      let sum = 0;
      for (let x = 0; x < inner; x++) sum += a.data[row * inner + x] * bt.data[column * inner + x];
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
