import assert from 'node:assert/strict';
import { test } from 'node:test';
import { toHex } from '@bcai/sdk';
import { Metadata, TypeRegistry } from '@polkadot/types';
import hex from '@polkadot/types-support/metadata/v15/substrate-hex';
import { check } from './check.mjs';

const VERSION = { specName: 'chain', specVersion: 1, transactionVersion: 1 };

/** Metadata of another chain, with `change` made to its pallets, which it gets by name. */
function changed(change = () => {}) {
  const registry = new TypeRegistry();
  const metadata = new Metadata(registry, registry.createType('Option<Bytes>', Buffer.from(hex.slice(2), 'hex')).unwrap().toHex());
  registry.setMetadata(metadata);
  const { pallets } = metadata.asV15;
  change(Object.fromEntries(pallets.map((pallet) => [pallet.name.toString(), pallet])), registry, pallets);
  return metadata.toHex();
}

/** What is wrong with a runtime of this metadata, whose dry run says nothing against it. */
async function wrong(metadata) {
  const tried = { at: 1, now: VERSION, then: { ...VERSION, specVersion: 2, transactionVersion: 2 }, metadata, migration: { storageVersions: [] } };
  const answers = {
    upgrade_dryRun: tried,
    state_call: hex,
  };
  const api = { consts: { system: { blockLength: { max: { operational: { toNumber: () => 1_000_000 } } } } } };
  return (await check(api, async (method) => answers[method], new Uint8Array(10))).wrong;
}

const set = (pallet, constant, type, value) => (pallets, registry) => {
  const found = pallets[pallet].constants.find(({ name }) => name.eq(constant));
  found.set('value', registry.createType('Bytes', toHex(registry.createType(type, value).toU8a())));
};
const renumber = (numbers) => (pallets, registry) => {
  for (const [name, number] of Object.entries(numbers)) pallets[name].set('index', registry.createType('u8', number));
};
const remove = (name) => (_, registry, pallets) => pallets.splice(pallets.findIndex((each) => each.name.eq(name)), 1);
const rename = (from, to) => (pallets, registry) => pallets[from].set('name', registry.createType('Text', to));

test('a runtime with the chain\'s own metadata may follow it', async () => {
  assert.deepEqual(await wrong(changed()), []);
});

test('constants that the chain has from genesis stay, others may change', async () => {
  const changes = [
    ['Babe', 'ExpectedBlockTime', 'u64', 6000], ['Babe', 'EpochDuration', 'u64', 300], ['Timestamp', 'MinimumPeriod', 'u64', 3000],
    ['System', 'SS58Prefix', 'u16', 3131], ['Babe', 'MaxAuthorities', 'u32', 200],
  ];
  const found = await wrong(changed((...metadata) => changes.forEach((change) => set(...change)(...metadata))));
  assert.deepEqual(found.map((each) => each.split(':')[0]), [
    'Babe.ExpectedBlockTime is 6000, which must stay 3000', 'Babe.EpochDuration is 300, which must stay 200',
    'Timestamp.MinimumPeriod is 3000, which must stay 1500', 'System.SS58Prefix is 3131, which must stay 42',
  ]);
  assert.match(found[0], /: nodes count slots by it from genesis on, and would refuse every block$/);
});

test('pallets keep their indices', async () => {
  const found = await wrong(changed(renumber({ Utility: 2, Babe: 1 })));
  assert.deepEqual(found.map((each) => each.split(',')[0]).sort(), ['pallet Babe has the index 1', 'pallet Utility has the index 2']);
  assert.match(found[0], /which must stay \d: calls and origins that the chain stores would mean something else$/);
});

test('a pallet may go, but not one that the chain lives by, and none takes its place', async () => {
  assert.deepEqual(await wrong(changed(remove('Sudo'))), []);
  assert.deepEqual(await wrong(changed(remove('Babe'))), ['pallet Babe is gone: without it no block can be made, or no later upgrade voted']);
  const [line, ...more] = await wrong(changed(rename('Sudo', 'Sudoku')));
  assert.match(line, /^pallet Sudoku has the index \d+, which was that of Sudo: /);
  assert.deepEqual(more, []);
});
