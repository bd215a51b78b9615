import assert from 'node:assert/strict';
import { test } from 'node:test';
import { failures } from './outcome.mjs';
import { CallError } from './index.mjs';

const api = { registry: { findMetaError: (error) => ({ section: 'balances', name: error, docs: ['What', 'happened.'] }) } };
const module = (name) => ({ isModule: true, asModule: name, isBadOrigin: false });
const ok = { isErr: false };
const failed = (name) => ({ isErr: true, asErr: module(name) });

/** An event with these fields; arrays of codecs have the names of their fields beside the places. */
function event(path, fields = {}) {
  const [section, method] = path.split('.');
  return { section, method, data: Object.assign(Object.values(fields), fields) };
}
const named = (...events) => failures(api, events).map(({ name, event, item }) => [name, event, item]);

test('what went well has no failures', () => {
  assert.deepEqual(named(
    event('balances.Transfer', { amount: { toNumber: () => 1 } }),
    event('proxy.ProxyExecuted', { result: ok }),
    event('utility.ItemCompleted'), event('utility.BatchCompleted'), event('system.ExtrinsicSuccess', { info: {} }),
  ), []);
});

test('a call that failed as a whole', () => {
  assert.deepEqual(named(event('system.ExtrinsicFailed', { error: module('InsufficientBalance'), info: {} })), [['InsufficientBalance', 'system.ExtrinsicFailed', undefined]]);
});

test('every failed item of a batch is named with its place', () => {
  assert.deepEqual(named(
    event('utility.ItemCompleted'), event('utility.ItemFailed', { error: module('A') }), event('utility.ItemCompleted'),
    event('utility.ItemFailed', { error: module('B') }), event('utility.BatchCompletedWithErrors'),
  ), [['A', 'utility.ItemFailed', 1], ['B', 'utility.ItemFailed', 3]]);
  assert.deepEqual(named(event('utility.ItemCompleted'), event('utility.BatchInterrupted', { index: { toNumber: () => 1 }, error: module('A') })), [
    ['A', 'utility.BatchInterrupted', 1],
  ]);
});

test('where a batch is inside of another, no place is claimed', () => {
  assert.deepEqual(named(
    event('utility.ItemCompleted'),
    event('utility.ItemFailed', { error: module('A') }), event('utility.BatchCompletedWithErrors'),
    event('utility.ItemCompleted'), event('utility.BatchCompleted'),
  ), [['A', 'utility.ItemFailed', undefined]]);
});

test('a failed result in any event counts: proxies, multisigs, and whatever else calls for somebody', () => {
  for (const path of ['proxy.ProxyExecuted', 'multisig.MultisigExecuted', 'sudo.Sudid', 'scheduler.Dispatched', 'utility.DispatchedAs', 'anything.New']) {
    assert.deepEqual(named(event(path, { who: {}, result: failed('A') })), [['A', path, undefined]]);
  }
  const withWeight = { isErr: true, asErr: { postInfo: {}, error: module('A') } };
  assert.deepEqual(named(event('whitelist.WhitelistedCallDispatched', { result: withWeight })), [['A', 'whitelist.WhitelistedCallDispatched', undefined]]);
});

test('a fallback that was called is what its sender wanted', () => {
  assert.deepEqual(named(event('utility.IfElseFallbackCalled', { mainError: module('A') })), []);
});

test('errors of the runtime itself have a name that can be read', () => {
  const token = { isModule: false, isBadOrigin: false, type: 'Token', value: { type: 'BelowMinimum' } };
  const origin = { isModule: false, isBadOrigin: true, type: 'BadOrigin', value: {} };
  assert.deepEqual(failures(api, [event('system.ExtrinsicFailed', { error: token })]).map(({ pallet, name }) => [pallet, name]), [['runtime', 'Token.BelowMinimum']]);
  assert.deepEqual(failures(api, [event('system.ExtrinsicFailed', { error: origin })]).map(({ pallet, name }) => [pallet, name]), [['runtime', 'BadOrigin']]);
});

test('the error says what failed and where', () => {
  const say = (...events) => new CallError(failures(api, events), '0x01', events).message;
  assert.equal(say(event('system.ExtrinsicFailed', { error: module('A') })), 'balances.A: What happened.');
  assert.equal(
    say(event('utility.BatchInterrupted', { index: { toNumber: () => 2 }, error: module('A') })),
    'balances.A (utility.BatchInterrupted, item 2 of the batch): What happened.',
  );
  assert.equal(
    say(event('proxy.ProxyExecuted', { result: failed('A') }), event('multisig.MultisigExecuted', { result: failed('B') })),
    'balances.A (proxy.ProxyExecuted): What happened.; 2 calls inside failed',
  );
});
