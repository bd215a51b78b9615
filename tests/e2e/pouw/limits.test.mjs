import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { fetchBlob, limits, rpcOf, upload } from '@bcai/sdk';
import { matrices } from '../support/matrices.mjs';
import { Node } from '../support/node.mjs';

let node;

before(async () => {
  node = await Node.start('dev', '--rpc-max-request-size=1', '--rpc-max-response-size=1');
});
after(() => node?.remove());

test('a matrix of more than the server takes and sends at once goes in and comes out all the same', async () => {
  const { a, rootA } = matrices(1536, 8, 301);
  const rpc = rpcOf(node.provider, { timeout: 20_000 });
  const { maxPartBytes } = await limits(rpc);
  assert.ok(maxPartBytes < 1 << 19, `${maxPartBytes} bytes are ${2 * maxPartBytes} digits, in a request of one MiB`);
  const { root } = await upload(rpc, { kind: 'a', paramSet: 0, rows: a.rows }, a.data);
  assert.equal(root, rootA);
  assert.ok(Buffer.from(await fetchBlob(rpc, root)).equals(Buffer.from(a.data.buffer)));
});
