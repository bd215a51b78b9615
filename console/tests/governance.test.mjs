import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TypeRegistry } from '@polkadot/types';
import './typescript.mjs';

const { tabsOf } = await import('../src/pages/governance/index.tsx');
const { enactmentName } = await import('../src/pages/governance/referenda.ts');

test('a chain without governance has no part of it, and one with a part has that', () => {
  assert.deepEqual(tabsOf({ system: {}, pouw: {} }), []);
  assert.deepEqual(tabsOf({ treasury: {} }).map(({ title }) => title), ['Treasury']);
  assert.deepEqual(tabsOf({ referenda: {}, treasury: {}, technicalCommittee: {} }).map(({ title }) => title), ['Referenda', 'Propose', 'Tracks', 'Treasury', 'Committee']);
});

test('the scheduler knows an enactment by the hash of what pallet-referenda encodes', () => {
  const registry = new TypeRegistry();
  const encoded = registry.createType('([u8; 8], Text, u32)', ['assembly', 'enactment', 258]).toU8a();
  assert.equal(encoded.length, 22);
  assert.equal(enactmentName((bytes) => registry.hash(bytes), 258), registry.hash(encoded).toHex());
});
