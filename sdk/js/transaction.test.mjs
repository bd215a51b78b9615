import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import { test } from 'node:test';
import { submit } from './transaction.mjs';

/** A connection, and a call that reports to `report` and counts how often it is unsubscribed from. */
function chain() {
  const call = {
    unsubscribed: 0,
    signAndSend: async (signer, options, report) => {
      call.report = report;
      return () => (call.unsubscribed += 1);
    },
  };
  return { api: new EventEmitter(), call };
}
const soon = () => new Promise((wake) => setTimeout(wake, 10));
const included = { status: { isInBlock: true, asInBlock: { toHex: () => '0x01' } }, events: [{ event: 'done' }] };

test('a transaction in a block settles, and leaves nothing behind', async () => {
  const { api, call } = chain();
  const submitted = submit(api, call, 'signer');
  await soon();
  call.report(included);
  call.report(included);
  assert.deepEqual(await submitted, { block: '0x01', events: ['done'] });
  assert.equal(call.unsubscribed, 1);
  assert.equal(api.listenerCount('disconnected'), 0);
});

test('a transaction that no block takes is given up at the deadline', async () => {
  const { api, call } = chain();
  await assert.rejects(submit(api, call, 'signer', 20), /in no block after 0.02 s/);
  assert.equal(call.unsubscribed, 1);
});

test('a lost connection ends the wait at once', async () => {
  const { api, call } = chain();
  const submitted = submit(api, call, 'signer');
  api.emit('disconnected');
  await assert.rejects(submitted, /connection to the node was lost/);
  await soon();
  assert.equal(call.unsubscribed, 1, 'a subscription that comes later is ended as well');
});
