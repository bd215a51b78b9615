import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { fetchBlob, rpcOf, upload } from '@bcai/sdk';
import { matrices } from '../support/matrices.mjs';
import { Node } from '../support/node.mjs';

let node;

before(async () => {
  node = await Node.start('dev', '--rpc-max-request-size=1', '--rpc-max-response-size=1');
});
after(() => node?.remove());

test('a matrix of more than the server sends at once is fetched all the same', async () => {
  const { a } = matrices(1536, 8, 301);
  const rpc = rpcOf(node.provider, { timeout: 20_000 });
  // In parts that the server takes, also where the node promises more.
  const small = async (method, ...parameters) => {
    const answer = await rpc(method, ...parameters);
    return method === 'pouw_uploadStart' ? { ...answer, maxPartBytes: Math.min(answer.maxPartBytes, 1 << 18) } : answer;
  };
  const { root } = await upload(small, { kind: 'a', paramSet: 0, rows: a.rows }, a.data);
  assert.ok(Buffer.from(await fetchBlob(rpc, root)).equals(Buffer.from(a.data.buffer)));
});
