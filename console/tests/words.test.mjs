import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TypeRegistry } from '@polkadot/types';
import './typescript.mjs';

const { inWords } = await import('../src/pages/governance/words.ts');
const { inVoteWords } = await import('../src/pages/governance/votes.ts');
const { plain } = await import('../src/chain/plain.ts');

const voice = { amount: (value) => `${value / 10n ** 12n} BCAI`, account: (address) => address, hash: (value) => value };
const call = (name, args) => ({ name, about: '', args });
const remark = call('system.remark', { remark: '0x68656c6c6f' });

test('known calls are sentences', () => {
  const hash = `0x${'ab'.repeat(32)}`;
  assert.equal(inWords(remark, voice), 'Say “hello”, which changes nothing');
  assert.equal(inWords(call('system.authorizeUpgrade', { codeHash: hash }), voice), `Let anybody put the runtime in force whose code has the hash ${hash}`);
  assert.equal(
    inWords(call('treasury.spend', { assetKind: null, amount: 5n * 10n ** 12n, beneficiary: 'Eve', validFrom: null }), voice),
    'Pay 5 BCAI from the treasury to Eve',
  );
  const set = (value) => call('parameters.setParameter', { keyValue: { Pouw: { MinBond: [null, value] } } });
  assert.equal(inWords(set(2n * 10n ** 12n), voice), 'Set pouw.MinBond to 2 BCAI (2,000,000,000,000)');
  assert.equal(inWords(set(300n), voice), 'Set pouw.MinBond to 300');
  assert.equal(inWords(set(null), voice), 'Set pouw.MinBond back to its default');
});

test('calls inside of calls are told, with whom they speak as', () => {
  assert.equal(inWords(call('utility.batchAll', { calls: [remark, call('referenda.cancel', { index: 3n })] }), voice),
    'All or nothing: 1. Say “hello”, which changes nothing; 2. End referendum 3; its deposits come back');
  assert.equal(inWords(call('utility.dispatchAs', { asOrigin: { Origins: 'PouwParameters' }, call: remark }), voice), 'As PouwParameters: Say “hello”, which changes nothing');
  assert.equal(inWords(call('utility.dispatchAs', { asOrigin: { system: 'Root' }, call: remark }), voice), 'As Root: Say “hello”, which changes nothing');
});

test('a call that nobody wrote a sentence for is told with its arguments', () => {
  assert.equal(inWords(call('pouw.cancelTask', { task: 1_234n, why: '0x00ff', deep: { Some: [true, null] } }), voice),
    'pouw.cancelTask(task: 1,234, why: 0x00ff, deep: Some [yes, nothing])');
  // Of another runtime, with other arguments under the same name.
  assert.equal(inWords(call('treasury.spend', { everything: true }), voice), 'treasury.spend(everything: yes)');
});

test('bytes that are no text stay bytes', () => {
  assert.equal(inWords(call('system.remark', { remark: '0xff00' }), voice), 'Say 0xff00, which changes nothing');
  assert.equal(inWords(call('system.remark', { remark: '0x410a42' }), voice), 'Say 0x410a42, which changes nothing');
});

test('votes are told with what each of their tokens counts', () => {
  const vote = (byte) => inVoteWords({ Standard: { vote: byte, balance: 7n * 10n ** 12n } }, voice);
  assert.equal(vote('0x81'), 'This account votes aye with 7 BCAI, which count 1 each.');
  assert.equal(vote('0x06'), 'This account votes nay with 7 BCAI, which count 6 each.');
  assert.equal(vote('0x80'), 'This account votes aye with 7 BCAI, which count 0.1 each.');
  assert.match(inVoteWords({ delegated: { target: 'Dave' } }, voice), /delegated its votes on this track to Dave/);
});

test('what the chain stores becomes plain values', () => {
  const registry = new TypeRegistry();
  const of = (type, value) => plain(registry.createType(type, value));
  assert.equal(of('u128', 10n ** 20n), 10n ** 20n);
  assert.equal(of('Option<u32>', null), null);
  assert.equal(of('Option<u32>', 5), 5n);
  assert.equal(of('Permill', 125_000), '12.5 %');
  assert.equal(of('bool', true), true);
  assert.equal(of('Bytes', '0x0102'), '0x0102');
  assert.equal(of('H256', `0x${'01'.repeat(32)}`), `0x${'01'.repeat(32)}`);
  assert.equal(of('Text', 'words'), 'words');
  assert.match(of('AccountId', `0x${'01'.repeat(32)}`), /^5[A-Za-z0-9]{47}$/);
  assert.match(of('Vec<AccountId>', [`0x${'01'.repeat(32)}`])[0], /^5[A-Za-z0-9]{47}$/);
  assert.equal(plain(registry.createType('{"who":"AccountId","amount":"u8"}', { amount: 3 })).amount, 3n);
  assert.deepEqual(of('(u8, Option<u8>)', [1, null]), [1n, null]);
  assert.deepEqual(plain(registry.createType('{"a":"u8","b":"Vec<bool>"}', { a: 1, b: [true] })), { a: 1n, b: [true] });
  assert.deepEqual(plain(registry.createType('{"_enum":{"One":"u8","Two":"Null"}}', { One: 1 })), { One: 1n });
  assert.equal(plain(registry.createType('{"_enum":{"One":"u8","Two":"Null"}}', 'Two')), 'Two');
});
