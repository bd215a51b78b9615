import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { inSlabs, pieceLeaves, product, stripsRoot, tilesRoot, toTiles } from './index.mjs';

const folders = [new URL('../../primitives/pouw/tests/vectors/', import.meta.url)];
if (process.env.BCAI_POUW_VECTORS) folders.push(new URL(`file://${process.env.BCAI_POUW_VECTORS}/`));
const files = folders.flatMap((folder) =>
  readdirSync(folder).filter((name) => name.endsWith('.json')).map((name) => new URL(name, folder)),
);
const bytes = (hex) => new Int8Array(Buffer.from(hex.slice(2), 'hex'));

for (const file of files) {
  for (const [index, vector] of JSON.parse(readFileSync(file)).entries()) {
    test(`the roots of vector ${index} (${vector.kind}, set ${vector.param_set}, ${vector.slabs} slabs) are those of the specification`, () => {
      const [a, bt] = [inSlabs(vector.param_set, vector.m, bytes(vector.a)), inSlabs(vector.param_set, vector.n, bytes(vector.b_t))];
      assert.deepEqual([a.slabs, bt.slabs], [vector.slabs, vector.slabs]);
      assert.equal(stripsRoot(a), vector.root_a);
      assert.equal(stripsRoot(bt), vector.root_b);
      assert.equal(tilesRoot(toTiles(product(a, bt), vector.n)), vector.root_c);
    });
  }
}

test('a piece has the columns of its slab, of the rows of its strip', () => {
  const leaves = pieceLeaves(inSlabs(0, 16, new Int8Array(16 * 3072)));
  assert.deepEqual(leaves.map((strip) => strip.length), [3, 3]);
  for (const [row, column, at] of [[0, 0, '0,0'], [7, 1023, '0,0'], [7, 1024, '0,1'], [8, 2047, '1,1'], [15, 3071, '1,2']]) {
    const data = new Int8Array(16 * 3072);
    data[row * 3072 + column] = 1;
    const changed = pieceLeaves(inSlabs(0, 16, data)).flatMap((strip, i) =>
      strip.flatMap((leaf, l) => (Buffer.compare(leaf, leaves[i][l]) === 0 ? [] : [`${i},${l}`])),
    );
    assert.deepEqual(changed, [at], `row ${row}, column ${column}`);
  }
});
