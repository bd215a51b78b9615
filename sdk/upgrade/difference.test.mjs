import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Metadata, TypeRegistry } from '@polkadot/types';
import hex from '@polkadot/types-support/metadata/v15/substrate-hex';
import { difference } from './difference.mjs';

const parsed = (bytes) => {
  const registry = new TypeRegistry();
  const metadata = new Metadata(registry, bytes);
  registry.setMetadata(metadata, undefined, undefined, true);
  return metadata;
};
/** Metadata of another chain, with `change` made to it. */
function metadata(change = () => {}) {
  const registry = new TypeRegistry();
  const whole = parsed(registry.createType('Option<Bytes>', Buffer.from(hex.slice(2), 'hex')).unwrap().toHex());
  const v15 = whole.asV15;
  const pallets = Object.fromEntries(v15.pallets.map((pallet) => [pallet.name.toString(), pallet]));
  change({ v15, pallets, types: v15.lookup.types, of: (type, value) => whole.registry.createType(type, value) });
  return parsed(whole.toHex());
}
const before = metadata();
const changed = (change) => difference(before, metadata(change));

const itemOf = (pallet, name) => pallet.storage.unwrap().items.find((each) => each.name.eq(name));
const callsOf = ({ types, pallets }, name) => types[pallets[name].calls.unwrap().type.toNumber()].type.def.asVariant.variants;
const callOf = (about, pallet, name) => callsOf(about, pallet).find((each) => each.name.eq(name));
/** Adds a type, which is in no metadata so far, and gives its number. */
function added({ types, of }, def) {
  const id = types.length;
  types.push(of('PortableType', { id, type: { path: [], params: [], def, docs: [] } }));
  return id;
}

test('a runtime does not differ from itself', () => {
  assert.deepEqual(difference(before, metadata()), { lines: [], breaksTransactions: [] });
});

test('a call that is gone breaks transactions, and one that is new does not', () => {
  const { lines, breaksTransactions } = changed((about) => callOf(about, 'System', 'remark_with_event').set('name', about.of('Text', 'remark_with_evenx')));
  assert.deepEqual(lines, ['- System: call remark_with_event', '+ System: call remark_with_evenx']);
  assert.deepEqual(breaksTransactions, ['System: call remark_with_event is gone']);
});

test('a constant is told with both values', () => {
  const { lines, breaksTransactions } = changed(({ pallets, of }) => {
    pallets.Babe.constants.find(({ name }) => name.eq('MaxAuthorities')).set('value', of('Bytes', '0x41000000'));
    // Long values from where they differ on.
    const version = pallets.System.constants.find(({ name }) => name.eq('Version'));
    version.set('value', of('Bytes', version.value.toHex().replace(/01000000$/, '01000000').replace(/..$/, '07')));
  });
  assert.match(lines[0], /^! Babe: constant MaxAuthorities: \d+ -> 65$/);
  assert.match(lines[1], /^! System: constant Version: \.\.\..{10,110} -> \.\.\..{10,110}$/);
  const [was, is] = lines[1].split(': ').slice(2).join(': ').split(' -> ');
  assert.notEqual(was, is);
  assert.deepEqual(breaksTransactions, []);
});

test('a storage item is told with what it was and is', () => {
  const { lines, breaksTransactions } = changed((about) => {
    const { pallets, of } = about;
    const small = added(about, { Primitive: 'U8' });
    itemOf(pallets.Timestamp, 'Now').set('type', of('StorageEntryTypeV14', { Plain: small }));
    const { key, value } = itemOf(pallets.System, 'Account').type.asMap;
    itemOf(pallets.System, 'Account').set('type', of('StorageEntryTypeV14', { Map: { hashers: ['Twox64Concat'], key, value } }));
    itemOf(pallets.System, 'BlockHash').set('modifier', of('StorageEntryModifierV14', 'Optional'));
  });
  assert.deepEqual(lines, [
    '! System: storage Account: map by Blake2_128Concat -> map by Twox64Concat',
    '! System: storage BlockHash: Default -> Optional',
    '! Timestamp: storage Now: value u64 -> u8',
  ]);
  assert.deepEqual(breaksTransactions, []);
});

test('a field of a struct and a variant of an enum are told by where they are', () => {
  const { lines } = changed(({ types, of, pallets }) => {
    const account = types[itemOf(pallets.System, 'Account').type.asMap.value.toNumber()].type.def.asComposite.fields;
    account.push(of('Si1Field', { name: 'since', type: account[0].type, typeName: null, docs: [] }));
  });
  assert.ok(lines.includes('! System: storage Account: value.since nothing -> u32'), `${lines}`);
});

test('the parameters of a call are told, and break transactions where they mean something else', () => {
  const asked = (name, change) => changed((about) => change(callOf(about, 'Balances', name).fields, about));
  const fewer = asked('transfer_all', (fields) => fields.pop());
  assert.deepEqual(fewer.lines, ['! Balances: call transfer_all: keep_alive bool -> nothing']);
  assert.deepEqual(fewer.breaksTransactions, ['Balances: call transfer_all is encoded otherwise']);
  const renamed = asked('transfer_all', (fields, { of }) => fields[1].set('name', of('Option<Text>', 'keep')));
  assert.deepEqual(renamed.lines, ['! Balances: call transfer_all: keep_alive named keep_alive -> named keep']);
  assert.deepEqual(renamed.breaksTransactions, []);
  const swapped = changed((about) => {
    const { fields } = callOf(about, 'Balances', 'force_transfer');
    const names = fields.map(({ name }) => name);
    fields[0].set('name', names[1]);
    fields[1].set('name', names[0]);
  });
  assert.deepEqual(swapped.breaksTransactions, ['Balances: call force_transfer is encoded otherwise']);
  const index = changed((about) => callOf(about, 'Balances', 'transfer_all').set('index', about.of('u8', 99)));
  assert.deepEqual(index.lines, ['! Balances: call transfer_all: index 4 -> index 99']);
  assert.deepEqual(index.breaksTransactions, ['Balances: call transfer_all is encoded otherwise']);
});

test('every call whose type changed breaks transactions, not the first alone', () => {
  const { breaksTransactions } = changed(({ types, pallets }) => {
    const target = callsOf({ types, pallets }, 'Balances').find((each) => each.name.eq('transfer_all')).fields[0].type.toNumber();
    types[target].type.def.asVariant.variants.splice(0, 1);
  });
  assert.ok(breaksTransactions.includes('Balances: call transfer_all is encoded otherwise'), `${breaksTransactions}`);
  assert.ok(breaksTransactions.includes('Balances: call transfer_keep_alive is encoded otherwise'), `${breaksTransactions}`);
});

test('addresses, signatures and extensions of transactions count', () => {
  const other = changed((about) => {
    const number = added(about, { Primitive: 'U8' });
    about.v15.extrinsic.set('addressType', about.of('SiLookupTypeId', number));
    about.v15.extrinsic.set('signatureType', about.of('SiLookupTypeId', number));
    about.v15.extrinsic.signedExtensions.pop();
  });
  assert.match(other.lines[0], /^! addresses of transactions: MultiAddress -> u8$/);
  assert.match(other.lines[1], /^! extensions of transactions: .* -> /);
  assert.match(other.lines[2], /^! signatures of transactions: MultiSignature -> u8$/);
  assert.equal(other.breaksTransactions.length, 3);
});

test('runtime APIs are compared', () => {
  const { lines, breaksTransactions } = changed(({ v15, of }) => {
    const core = v15.apis.find(({ name }) => name.eq('Core'));
    core.methods.find(({ name }) => name.eq('version')).set('name', of('Text', 'edition'));
    core.methods.find(({ name }) => name.eq('execute_block')).inputs.pop();
    const [metadata] = v15.apis.filter(({ name }) => name.eq('Metadata'));
    metadata.methods[0].set('output', metadata.methods[1].output);
  });
  assert.deepEqual(lines, [
    '+ runtime API Core: edition',
    '! runtime API Core: execute_block: parameters (block) -> ()',
    '- runtime API Core: version',
    '! runtime API Metadata: metadata: result OpaqueMetadata -> Option<OpaqueMetadata>',
  ]);
  assert.deepEqual(breaksTransactions, []);
});

test('names of a hostile runtime stay names', () => {
  const name = '\r\x1b[2K\nAGREES       it runs';
  const { lines } = changed((about) => {
    callOf(about, 'System', 'remark').set('name', about.of('Text', name));
    about.pallets.Babe.set('name', about.of('Text', name));
    itemOf(about.pallets.System, 'Number').set('name', about.of('Text', name));
  });
  assert.ok(lines.some((line) => line.includes('AGREES')));
  assert.deepEqual(lines.filter((line) => /[^\x20-\x7e]| {2}/.test(line)), []);
});

test('types that double on every level, and one within itself, take no time', { timeout: 60_000 }, () => {
  const doubling = (about) => {
    // Within itself, so that nothing of it is ever finished.
    const first = about.types.length;
    let id = added(about, { Tuple: [first + 60, first] });
    for (let level = 0; level < 60; level++) id = added(about, { Tuple: [id, id] });
    itemOf(about.pallets.Timestamp, 'Now').set('type', about.of('StorageEntryTypeV14', { Plain: id }));
  };
  const { lines } = changed(doubling);
  assert.equal(lines.length, 1);
  assert.ok(lines[0].startsWith('! Timestamp: storage Now: value u64 -> ('), lines[0]);
  assert.ok(lines[0].length < 400);
  assert.deepEqual(difference(metadata(doubling), metadata(doubling)).lines, []);
});
