import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Metadata, TypeRegistry } from '@polkadot/types';
import hex from '@polkadot/types-support/metadata/v15/substrate-hex';
import { difference } from './difference.mjs';

/** Metadata of another chain, as `Option<Bytes>`, with its bytes changed. */
function metadata(change = (bytes) => bytes) {
  const registry = new TypeRegistry();
  const parsed = new Metadata(registry, registry.createType('Option<Bytes>', change(Buffer.from(hex.slice(2), 'hex'))).unwrap().toHex());
  registry.setMetadata(parsed);
  return parsed;
}

/** Writes a name over another one of the same length, once. */
const renamed = (from, to) => (bytes) => {
  const at = bytes.indexOf(Buffer.concat([Buffer.from([from.length << 2]), Buffer.from(from)]));
  assert.ok(at > 0, from);
  bytes.write(to, at + 1);
  return bytes;
};

test('a runtime does not differ from itself', () => {
  assert.deepEqual(difference(metadata(), metadata()), { lines: [], breaksTransactions: [] });
});

test('a call that is gone breaks transactions, and one that is new does not', () => {
  const { lines, breaksTransactions } = difference(metadata(), metadata(renamed('remark_with_event', 'remark_with_evenx')));
  assert.deepEqual(lines, ['- System: call remark_with_event', '+ System: call remark_with_evenx']);
  assert.deepEqual(breaksTransactions, ['System: call remark_with_event is gone']);
});
