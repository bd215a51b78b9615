import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { rpcOf, RpcTimeout } from '@bcai/sdk';
import { Node } from '../support/node.mjs';

// What any node of this kind answers by RPC, whatever the chain is for.

let node;

before(async () => {
  node = await Node.start('dev', '--rpc-methods=safe', '--rpc-max-request-size=1');
});
after(() => node?.remove());

test('clients of every kind find the methods that they need', async () => {
  const { methods } = await node.rpc('rpc_methods');
  for (const method of [
    'state_getMetadata', 'author_submitAndWatchExtrinsic', 'chainHead_v1_follow', 'transactionWatch_v1_submitAndWatch', 'chainSpec_v1_genesisHash',
    'babe_epochAuthorship', 'grandpa_roundState', 'sync_state_genSyncSpec', 'system_accountNextIndex', 'payment_queryInfo',
  ]) {
    assert.ok(methods.includes(method), method);
  }
});

test('a public endpoint refuses what only its operator may do', async () => {
  for (const [method, ...parameters] of [
    ['author_rotateKeys'], ['author_insertKey', 'babe', '//Alice', '0x00'], ['system_addReservedPeer', '/ip4/127.0.0.1/tcp/1'], ['author_removeExtrinsic', []],
  ]) {
    await assert.rejects(node.rpc(method, ...parameters), { code: -32601 }, method);
  }
});

test('a request over the limit ends with the method, the seconds and the flag, and the connection goes on', async () => {
  const rpc = rpcOf(node.provider, { timeout: 3_000, patience: 10_000 });
  const tooLarge = `0x${'00'.repeat(1 << 20)}`;
  await assert.rejects(rpc('author_submitExtrinsic', tooLarge), (error) => {
    assert.ok(error instanceof RpcTimeout, error);
    assert.match(error.message, /^author_submitExtrinsic: no answer within 3 s to a request of 2097154 bytes: is that more than the server's --rpc-max-request-size\?$/);
    return true;
  });
  assert.ok(await rpc('system_chain'));
});
