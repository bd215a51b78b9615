// Many clients at once: calls wait for each other rather than for new instances of the runtime.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Node } from '../support/node.mjs';
import { PausedSocket } from '../support/websocket.mjs';

const CLIENTS = 20;
const CALLS = 30;
let node;

before(async () => {
  node = await Node.start('dev');
});
after(() => node?.remove());

test('calls of the runtime from many clients at once are all answered, and never run out of its instances', async (t) => {
  const clients = await Promise.all(Array.from({ length: CLIENTS }, () => PausedSocket.open(node.port)));
  for (const client of clients) for (let id = 0; id < CALLS; id++) client.ask(id, 'state_call', ['Metadata_metadata_versions', '0x']);
  const answers = await Promise.all(clients.map((client) => client.answers(CALLS)));
  for (const { result, error } of answers.flat()) assert.match(result ?? error.message, /^0x/);
  clients.forEach((client) => client.close());
  const times = node.logged().split('Ran out of free WASM instances').length - 1;
  t.diagnostic(`${CLIENTS * CALLS} calls, ${times} without a free instance`);
  assert.equal(times, 0);
});
