import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { inSlabs } from '@bcai/sdk';
import { certificate, seeds, tickets } from '../support/worker.mjs';

const folder = new URL('../../../primitives/pouw/tests/vectors/', import.meta.url);
const vectors = readdirSync(folder).filter((name) => name.endsWith('.json')).flatMap((name) => JSON.parse(readFileSync(new URL(name, folder))));
const hex = (bytes) => `0x${Buffer.from(bytes).toString('hex')}`;
const littleEndian = (value) => hex(Buffer.from(value.toString(16).padStart(64, '0'), 'hex').reverse());

for (const [index, vector] of vectors.entries()) {
  test(`the worker of these tests draws the tickets of vector ${index} (${vector.kind}, set ${vector.param_set}, ${vector.slabs} slabs)`, () => {
    const matrix = (text, rows) => inSlabs(vector.param_set, rows, new Int8Array(Buffer.from(text.slice(2), 'hex')));
    const [a, bt] = [matrix(vector.a, vector.m), matrix(vector.b_t, vector.n)];
    const found = seeds({
      genesis: vector.genesis, set: vector.param_set, task: vector.task_id, anchor: vector.anchor, worker: vector.worker,
      m: vector.m, n: vector.n, slabs: vector.slabs, rootA: vector.root_a, rootB: vector.root_b,
    });
    assert.equal(hex(found.a), vector.seed_a);
    assert.equal(hex(found.b), vector.seed_b);
    const drawn = {};
    for (const { i, j, l, ticket } of tickets(a, bt, found, vector.param_set)) drawn[`${i},${j},${l}`] = littleEndian(ticket);
    assert.deepEqual(drawn, vector.tickets);
    const { pathA, pathB } = certificate(vector.task_id, ...vector.best, a, bt);
    assert.deepEqual([pathA, pathB], [vector.path_a, vector.path_b]);
  });
}
