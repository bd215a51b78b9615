// A task whose inner dimension is longer than a slab, at the parameter set of live chains: the example, with a miner and a challenger.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { events } from '../support/history.mjs';
import { account, endWithTests, Node, rawSpec, succeed, until } from '../support/node.mjs';

// That of the preset is longer than this test needs.
const WINDOW = 12;
const { bob, charlie } = account;
const folder = mkdtempSync(join(tmpdir(), 'bcai-layer-'));
let node;

before(async () => {
  const plain = join(folder, 'plain.json');
  // Edited as text: balances have more digits than a number of JavaScript.
  writeFileSync(plain, (await succeed('export-chain-spec', '--chain=dev')).replace(/"pouw.ChallengeWindow": \d+/, `"pouw.ChallengeWindow": ${WINDOW}`));
  node = await Node.start(await rawSpec(folder, plain), `--miner=${bob.address}`, `--challenger=${charlie.address}`);
});
after(async () => {
  await node?.remove();
  rmSync(folder, { recursive: true, force: true });
});

test('a layer of 14,336 inputs is one task of four slabs: computed, found right by the challenger, and paid', async () => {
  const script = fileURLToPath(new URL('../../../examples/layer/run.mjs', import.meta.url));
  const file = join(folder, 'summary.json');
  const job = endWithTests(spawn(process.execPath, [script, '--url', node.url, '--summary', file], { stdio: ['ignore', 'pipe', 'pipe'] }));
  let [said, errors] = ['', ''];
  job.stdout.setEncoding('utf8').on('data', (text) => { said += text; });
  job.stderr.setEncoding('utf8').on('data', (text) => { errors += text; });
  const [status] = await once(job, 'close');
  assert.equal(status, 0, `${said}\n${errors}`);

  const summary = JSON.parse(readFileSync(file, 'utf8'));
  const task = await node.rpc('pouw_task', summary.task);
  assert.deepEqual([task.paramSet, task.m, task.n, task.slabs], [1, 256, 512, 4]);
  assert.equal(summary.macs, 256 * 512 * 16_384);

  const pouw = (await events(node.api, 1, await node.best())).filter(({ section }) => section === 'pouw');
  const accepted = pouw.filter(({ name }) => name === 'TicketAccepted').map(({ data }) => data);
  assert.equal(accepted.length, summary.tickets);
  assert.equal(new Set(accepted.map(({ i, j, l }) => `${i},${j},${l}`)).size, summary.tickets);
  for (const { i, j, l } of accepted) assert.ok(i < 32 && j < 64 && l < 4, `${i},${j},${l}`);
  assert.equal(accepted.reduce((sum, { work }) => sum + BigInt(work), 0n), BigInt(summary.credit));

  await until('the miner to show both of its rates', async () => {
    const { macsPerSecond, creditedMacsPerSecond } = await node.rpc('pouw_minerStatus');
    return macsPerSecond > 0 && creditedMacsPerSecond > 0;
  });
  await until('the challenger to have looked at the result', async () => (await node.rpc('pouw_challengerStatus')).right === 1);
  assert.equal((await node.rpc('pouw_challengerStatus')).wrong, 0);
  assert.ok(!pouw.some(({ name }) => name === 'ResultRefuted'));
});
