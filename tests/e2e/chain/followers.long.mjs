// A follower of chainHead_v1 lives through more blocks without finality than the SDK allows, which counts them at 6 s.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Node, until } from '../support/node.mjs';
import { PausedSocket } from '../support/websocket.mjs';

const SDK_LIMIT = 128;
let node;

before(async () => {
  node = await Node.start('dev', '--no-grandpa');
});
after(() => node?.remove());

test('a follower is told of all blocks that are not final, however long that is', async () => {
  await until('blocks without finality', async () => (await node.best()) > SDK_LIMIT + 5, 400_000);
  assert.equal(await node.finalized(), 0);
  const socket = await PausedSocket.open(node.port);
  socket.ask(1, 'chainHead_v1_follow', [false]);
  const [, ...events] = (await socket.answers(2 + SDK_LIMIT)).map(({ params }) => params?.result.event);
  assert.equal(events[0], 'initialized');
  assert.ok(!events.includes('stop'));
  socket.close();
});
