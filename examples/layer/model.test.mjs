import assert from 'node:assert/strict';
import { test } from 'node:test';
import { product, stripsRoot } from '@bcai/sdk';
import { CHECKED_ROWS, INPUTS, makeLayer, OUTPUTS, outputsAt, POSITIONS, wrongCell } from './model.mjs';

const { layer, a, bt } = makeLayer();
const inner = a.slabs * a.k;

/** The first `rows` rows of a matrix. */
const top = (matrix, rows) => ({ ...matrix, rows, data: matrix.data.subarray(0, rows * inner) });

test('the layer is one task of four slabs, with legal values and zeros behind its inputs', () => {
  assert.deepEqual([a.rows, a.slabs, a.k, bt.rows, bt.slabs, bt.k], [POSITIONS, 4, 4096, OUTPUTS, 4, 4096]);
  for (const { rows, data } of [a, bt]) {
    assert.equal(data.length, rows * inner);
    assert.ok(data.every((value) => value >= -64 && value <= 64));
    for (let row = 0; row < rows; row++) assert.ok(data.subarray(row * inner + INPUTS, (row + 1) * inner).every((value) => value === 0), `row ${row}`);
  }
  assert.ok(a.data.length + bt.data.length <= 16 << 20, 'the upload is short');
});

test('the values spread as a layer\'s do', () => {
  for (const data of [layer.activations, layer.weights]) {
    const [least, most] = [data.reduce((x, y) => Math.min(x, y)), data.reduce((x, y) => Math.max(x, y))];
    assert.ok(least <= -56 && most >= 62, `${least} to ${most}`);
    const small = data.filter((value) => Math.abs(value) < 16).length / data.length;
    assert.ok(small > 0.5, `${small} of the values are small`);
  }
});

test('the matrices never change: their roots are pinned', () => {
  assert.equal(stripsRoot(a), '0xb4f1a299276e6cf6af84ea84c7ea33299e3aabe4bbd63fbfc2e675de2b19b132');
  assert.equal(stripsRoot(bt), '0x39a93c44efefca6d2dca3b23632f65e15a35de19cfbcb989fa69cbbf500fa33d');
});

test('what is compared is the product over all slabs, and padding changes nothing', () => {
  const c = product(top(a, 8), top(bt, 16));
  for (const position of [0, 7]) {
    assert.deepEqual(outputsAt(layer, position).subarray(0, 16), c.subarray(position * 16, (position + 1) * 16));
  }
});

test('a wrong cell is found in every strip, and in every tile', () => {
  assert.deepEqual(CHECKED_ROWS.map((row) => Math.floor(row / 8)), Array.from({ length: POSITIONS / 8 }, (_, strip) => strip));
  assert.equal(new Set(CHECKED_ROWS.map((row) => row % 8)).size, 8, 'rows of a strip take turns');
  const c = new Int32Array(POSITIONS * OUTPUTS);
  for (const row of CHECKED_ROWS) c.set(outputsAt(layer, row), row * OUTPUTS);
  assert.equal(wrongCell(layer, c), null);
  const [row, column] = [CHECKED_ROWS.at(-1), OUTPUTS - 1];
  c[row * OUTPUTS + column] += 1;
  const is = c[row * OUTPUTS + column];
  assert.deepEqual(wrongCell(layer, c), { row, column, is, expected: is - 1 });
});
