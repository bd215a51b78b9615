import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { fromTiles, product, stripsRoot, tilesRoot, toTiles } from '@bcai/sdk';
import { accuracy, activations, classify, loadDigits, loadModel, outputLayer } from './model.mjs';

const { images, labels } = loadDigits();
const model = loadModel();
const a = activations(model, images);
const bt = outputLayer(model);
const c = product(a, bt);

test('the data is the 1,797 images that its source note names', () => {
  const file = readFileSync(new URL('data/digits.csv.gz', import.meta.url));
  const note = readFileSync(new URL('data/SOURCE.md', import.meta.url), 'utf8');
  assert.ok(note.includes(createHash('sha256').update(file).digest('hex')));
  assert.equal(images.length, 1797);
  assert.ok(images.every((image) => image.length === 64 && image.every((pixel) => pixel >= 0 && pixel <= 16)));
  assert.deepEqual([...new Set(labels)].sort(), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
});

test('the matrices have legal shapes and values for parameter set 0', () => {
  assert.deepEqual([a.rows, a.slabs * a.k, bt.rows, bt.slabs * bt.k], [1800, 1024, 16, 1024]);
  assert.equal(a.data.length, 1800 * 1024);
  assert.equal(bt.data.length, 16 * 1024);
  assert.ok(a.data.every((value) => value >= 0 && value <= 64));
  assert.ok(bt.data.every((value) => value >= -64 && value <= 64));
  assert.ok(a.data.subarray(1797 * 1024).every((value) => value === 0), 'padding rows are zero');
});

test('at least nine in ten images are recognised, also of those that training never saw', () => {
  const answers = classify(c, bt.rows, images.length, model.classes);
  const [all, heldOut] = [accuracy(answers, labels), accuracy(answers, labels, model.trainedOnFirst)];
  assert.ok(all >= 0.9, `all ${all}`);
  assert.ok(heldOut >= 0.9, `held out ${heldOut}`);
});

test('accuracy counts wrong answers', () => {
  assert.equal(accuracy([1, 2, 3, 0], [1, 2, 3, 4]), 0.75);
  assert.equal(accuracy([1, 2, 3, 0], [1, 2, 3, 4], 2), 0.5);
});

test('the matrices never change: their roots are pinned', () => {
  assert.equal(stripsRoot(a), '0xa73e66460736ed74cfdc336394b4c1e51839d3fba95e89ca621f8597fcd477c3');
  assert.equal(stripsRoot(bt), '0xb079aae873de5421a71d5afd90ca77744b4ba5618d7512ef3ce974b45e857fdc');
  assert.equal(tilesRoot(toTiles(c, bt.rows)), '0xa7bc522d7afd85305fb4d63300fa859c2c563338d350d71a1f34811611b128db');
});

test('tiles and rows turn into each other', () => {
  const tiles = toTiles(c, bt.rows);
  assert.equal(tiles.length, 1800 * 16 * 4);
  assert.deepEqual(fromTiles(tiles, bt.rows), c);
  // Row 9, column 10 lies in tile (1, 1) = number 3, at row 1, column 2 of it.
  assert.equal(new DataView(tiles.buffer).getInt32((3 * 64 + 10) * 4, true), c[9 * 16 + 10]);
});

test('one changed cell changes the root', () => {
  const tiles = toTiles(c, bt.rows);
  const before = tilesRoot(tiles);
  tiles[4096] ^= 1;
  assert.notEqual(tilesRoot(tiles), before);
});
