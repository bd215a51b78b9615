import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { stripsRoot, tilesRoot, toTiles } from './index.mjs';

const folders = [new URL('../../primitives/pouw/tests/vectors/', import.meta.url)];
if (process.env.BCAI_POUW_VECTORS) folders.push(new URL(`file://${process.env.BCAI_POUW_VECTORS}/`));
const files = folders.flatMap((folder) =>
  readdirSync(folder).filter((name) => name.endsWith('.json')).map((name) => new URL(name, folder)),
);
const matrix = (hex) => new Int8Array(Buffer.from(hex.slice(2), 'hex'));

for (const file of files) {
  for (const [index, vector] of JSON.parse(readFileSync(file)).entries()) {
    test(`the roots of vector ${index} (${vector.kind}, set ${vector.param_set}) are those of the specification`, () => {
      const k = [1024, 4096][vector.param_set];
      const [a, bt] = [matrix(vector.a), matrix(vector.b_t)];
      assert.equal(stripsRoot({ k, data: a }), vector.root_a);
      assert.equal(stripsRoot({ k, data: bt }), vector.root_b);
      const c = new Int32Array(vector.m * vector.n);
      for (let row = 0; row < vector.m; row++) {
        for (let column = 0; column < vector.n; column++) {
          for (let l = 0; l < k; l++) c[row * vector.n + column] += a[row * k + l] * bt[column * k + l];
        }
      }
      assert.equal(tilesRoot(toTiles(c, vector.n)), vector.root_c);
    });
  }
}
