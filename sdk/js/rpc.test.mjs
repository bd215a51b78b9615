import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fetchBlob, followTask, insist, postingQuote, rpcOf, RpcTimeout, timed, upload } from './index.mjs';

const silence = () => new Promise(() => {});

test('a question that nobody answers ends with the method and the seconds', async () => {
  await assert.rejects(rpcOf({ send: silence }, { timeout: 20 })('pouw_task', 1), (error) => {
    assert.ok(error instanceof RpcTimeout);
    assert.equal(error.message, 'pouw_task: no answer within 0.02 s');
    return true;
  });
});

test('a question that was answered leaves no timer behind', async () => {
  const timers = () => process.getActiveResourcesInfo().filter((each) => each === 'Timeout').length;
  const before = timers();
  assert.equal(await timed(async () => 'answer')('pouw_task', 1), 'answer');
  assert.equal(timers(), before);
});

test('where the request was large, the limit of the server is named', async () => {
  await assert.rejects(
    timed(silence, 20)('pouw_uploadPart', '1', 0, `0x${'00'.repeat(1 << 20)}`),
    /^RpcTimeout: pouw_uploadPart: no answer within 0.02 s to a request of 2097154 bytes: is that more than the server's --rpc-max-request-size\?$/,
  );
});

test('every question of the sdk has an end, whoever asks', async (t) => {
  const { setTimeout: slow } = globalThis;
  globalThis.setTimeout = (wake, milliseconds) => slow(wake, milliseconds / 1000);
  t.after(() => (globalThis.setTimeout = slow));
  const ends = (asked, method) => assert.rejects(asked, { name: 'RpcTimeout', message: `${method}: no answer within 60 s` });
  await ends(upload(silence, { kind: 'a', paramSet: 0, rows: 8 }, new Int8Array(8)), 'pouw_uploadStart');
  await ends(fetchBlob(silence, '0x00'), 'pouw_blobInfo');
  await ends(followTask(silence, 1), 'pouw_task');
  await ends(postingQuote(silence, { paramSet: 0, m: 8, n: 8, slabs: 1, bounty: 1n }), 'pouw_postingQuote');
});

test('a lost connection is waited for, an answer that is an error is not', async () => {
  let asked = 0;
  const provider = {
    send: async () => {
      asked += 1;
      if (asked < 3) throw new Error('disconnected from ws://127.0.0.1:9944: 1006:: connection failed');
      return 'answer';
    },
  };
  assert.equal(await rpcOf(provider)('pouw_task', 1), 'answer');
  assert.equal(asked, 3);
  await assert.rejects(insist(() => Promise.reject(new Error('10017: no such block'))), /10017/);
});

test('a connection that was closed over the size of a message is not tried again', async () => {
  let asked = 0;
  const closes = async () => {
    asked += 1;
    throw new Error('disconnected from ws://127.0.0.1:9944: 1009:: message too big');
  };
  await assert.rejects(rpcOf({ send: closes })('pouw_uploadPart'), /1009/);
  assert.equal(asked, 1);
});
