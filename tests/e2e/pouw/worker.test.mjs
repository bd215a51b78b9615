import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { seeds, tickets } from '../support/worker.mjs';

const vectors = JSON.parse(readFileSync(new URL('../../../primitives/pouw/tests/vectors/pouw-v1.json', import.meta.url)));
const hex = (bytes) => `0x${Buffer.from(bytes).toString('hex')}`;
const littleEndian = (value) => hex(Buffer.from(value.toString(16).padStart(64, '0'), 'hex').reverse());

for (const [index, vector] of vectors.entries()) {
  test(`the worker of these tests draws the tickets of vector ${index} (${vector.kind}, set ${vector.param_set})`, () => {
    const k = [1024, 4096][vector.param_set];
    const matrix = (text, rows) => ({ rows, k, data: new Int8Array(Buffer.from(text.slice(2), 'hex')) });
    const found = seeds({
      genesis: vector.genesis, set: vector.param_set, task: vector.task_id, anchor: vector.anchor, worker: vector.worker,
      m: vector.m, n: vector.n, rootA: vector.root_a, rootB: vector.root_b,
    });
    assert.equal(hex(found.a), vector.seed_a);
    assert.equal(hex(found.b), vector.seed_b);
    const drawn = {};
    for (const { i, j, ticket } of tickets(matrix(vector.a, vector.m), matrix(vector.b_t, vector.n), found, vector.param_set)) {
      drawn[`${i},${j}`] = littleEndian(ticket);
    }
    assert.deepEqual(drawn, vector.tickets);
  });
}
