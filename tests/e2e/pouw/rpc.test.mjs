import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { account, Node } from '../support/node.mjs';

const ZERO = `0x${'00'.repeat(32)}`;
let node;

before(async () => {
  node = await Node.start('dev');
});
after(() => node?.remove());

const refused = (code, method, ...parameters) => assert.rejects(node.rpc(method, ...parameters), { code }, `${method} ${JSON.stringify(parameters)}`);

test('questions about tasks, targets and accounts are answered or refused by name', async () => {
  assert.equal(await node.rpc('pouw_task', 0), null);
  assert.deepEqual(await node.rpc('pouw_tasks', 0, 256), { tasks: [], next: null });
  await refused(10016, 'pouw_tasks', 0, 257);
  await refused(10016, 'pouw_tasks', 0, 0);
  await refused(10017, 'pouw_task', 0, ZERO);
  await refused(10018, 'pouw_workCredit', '//Bob');
  await refused(10002, 'pouw_postingQuote', 0, 12, 8, 1, '1');
  for (const slabs of [0, 9]) await refused(10002, 'pouw_postingQuote', 0, 8, 8, slabs, '1');
  await refused(-32602, 'pouw_postingQuote', 0, 8, 8, 256, '1');
  await refused(-32602, 'pouw_task', -1);
  const fee = async (slabs) => BigInt((await node.rpc('pouw_postingQuote', 1, 8192, 8192, slabs, '1')).fee);
  const [one, two, three] = await Promise.all([1, 2, 3].map(fee));
  assert.ok(two > one && three - two === two - one, `each slab costs as much as the others: ${one}, ${two}, ${three}`);
  const targets = await node.rpc('pouw_targets');
  assert.deepEqual(targets.map(({ paramSet, k, r, h, w }) => [paramSet, k, r, h, w]), [[0, 1024, 32, 8, 8], [1, 4096, 128, 8, 8]]);
  const credit = await node.rpc('pouw_workCredit', account.bob.address);
  assert.deepEqual([credit.credit, credit.total, credit.halvings], ['0', '0', 0]);
  assert.equal((await node.rpc('pouw_minerStatus')).enabled, false);
  assert.equal((await node.rpc('pouw_challengerStatus')).enabled, false);
});
