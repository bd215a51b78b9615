import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inSlabs, product, slabsOf } from './index.mjs';

const values = (length, factor) => Int8Array.from({ length }, (_, index) => ((index * factor) % 129) - 64);

test('a matrix gets the fewest slabs that hold it', () => {
  const widths = [[0, 1], [0, 1024], [0, 1025], [0, 8192], [1, 1], [1, 4096], [1, 4097], [1, 14_336], [1, 28_672], [1, 32_768]];
  assert.deepEqual(widths.map(([set, columns]) => slabsOf(set, columns)), [1, 1, 2, 8, 1, 1, 2, 4, 7, 8]);
});

test('a width that no task has is refused with what would be right', () => {
  assert.throws(() => slabsOf(0, 8193), { name: 'RangeError', message: 'an inner dimension of 8193: a task of parameter set 0 has 1 to 8192 (8 slabs of 1024)' });
  assert.throws(() => inSlabs(1, 8, new Int8Array(8 * 32_776)), /an inner dimension of 32776: a task of parameter set 1 has 1 to 32768 \(8 slabs of 4096\)/);
  assert.throws(() => inSlabs(0, 8, new Int8Array(0)), /an inner dimension of 0/);
  assert.throws(() => inSlabs(0, 16, new Int8Array(8 * 1025)), /an inner dimension of 512.5/);
  assert.throws(() => slabsOf(2, 8), /there is no parameter set 2: the highest is 1/);
  for (const rows of [12, 0, -8]) assert.throws(() => inSlabs(0, rows, new Int8Array(96)), new RegExp(`${rows} rows: a matrix has whole strips of 8`));
});

test('each row is padded with zeros up to its slabs', () => {
  const data = values(8 * 1500, 7);
  const { rows, k, slabs, data: padded } = inSlabs(0, 8, data);
  assert.deepEqual([rows, k, slabs, padded.length], [8, 1024, 2, 8 * 2048]);
  for (let row = 0; row < 8; row++) {
    assert.deepEqual(padded.subarray(row * 2048, row * 2048 + 1500), data.subarray(row * 1500, (row + 1) * 1500), `row ${row}`);
    assert.ok(padded.subarray(row * 2048 + 1500, (row + 1) * 2048).every((value) => value === 0), `the end of row ${row}`);
  }
});

test('a matrix that fills its slabs is taken as it is', () => {
  const data = values(8 * 2048, 5);
  assert.equal(inSlabs(0, 8, data).data, data);
});

test('the product runs over all slabs, and padding changes nothing in it', () => {
  const [a, bt] = [values(8 * 1500, 7), values(16 * 1500, 11)];
  const c = product(inSlabs(0, 8, a), inSlabs(0, 16, bt));
  assert.equal(c.length, 8 * 16);
  c.forEach((cell, index) => {
    const [row, column] = [Math.floor(index / 16), index % 16];
    let sum = 0;
    for (let x = 0; x < 1500; x++) sum += a[row * 1500 + x] * bt[column * 1500 + x];
    assert.equal(cell, sum, `row ${row}, column ${column}`);
  });
  assert.throws(() => product(inSlabs(0, 8, a), inSlabs(0, 8, values(8 * 8, 3))), /A has 2048 columns, Bt 1024/);
});
