import assert from 'node:assert/strict';
import { test } from 'node:test';
import './typescript.mjs';

const { firstBlock } = await import('../src/chain/search.ts');

/** Holds from `first` on; states before `kept` are pruned. Counts the questions. */
const chain = (first, kept = 0) => {
  const asked = [];
  return { asked, holds: async (block) => (asked.push(block), block < kept ? undefined : block >= first) };
};

test('the first block is found, with few questions', async () => {
  for (const first of [1, 2, 777, 999, 1_000]) {
    const { asked, holds } = chain(first);
    assert.deepEqual(await firstBlock(1, 1_000, holds), { block: first, exact: true });
    assert.ok(asked.length <= 12, `${asked.length} questions`);
  }
});

test('what does not hold at the end is not found', async () => {
  assert.equal(await firstBlock(1, 1_000, chain(1_001).holds), undefined);
});

test('where states are pruned the answer is exact only behind a state that says no', async () => {
  assert.deepEqual(await firstBlock(1, 1_000, chain(500, 400).holds), { block: 500, exact: true });
  assert.deepEqual(await firstBlock(1, 1_000, chain(300, 400).holds), { block: 400, exact: false });
  assert.deepEqual(await firstBlock(1, 1_000, chain(401, 400).holds), { block: 401, exact: true });
});

test('a question that fails is no answer', async () => {
  await assert.rejects(firstBlock(1, 10, async (block) => { if (block < 9) throw new Error('disconnected'); return true; }), /disconnected/);
});
