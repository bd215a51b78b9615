import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { WsProvider } from '@polkadot/api';
import { fetchBlob, followTask, fromTiles, insist, postTask, product, tilesRoot, upload } from '@bcai/sdk';
import { events, feesOf, money } from '../support/history.mjs';
import { matrices, uploadBoth } from '../support/matrices.mjs';
import { account, endWithTests, Node, rawSpec, succeed, until } from '../support/node.mjs';

// Every task waits for the end of its window; that of the preset is longer than these tests need.
const WINDOW = 12;
const BOUNTY = 20_000_000_000_000n;
const ORDER = ['open', 'claimed', 'delivered', 'finalized'];
const { bob, charlie, dave } = account;
const folder = mkdtempSync(join(tmpdir(), 'bcai-restart-'));
const posted = [];
let node;
let start;

before(async () => {
  // Edited as text: balances have more digits than a number of JavaScript.
  const preset = await succeed('export-chain-spec', '--chain=dev');
  const plain = join(folder, 'plain.json');
  writeFileSync(plain, preset.replace(/"pouw.ChallengeWindow": \d+/, `"pouw.ChallengeWindow": ${WINDOW}`));
  const spec = await rawSpec(folder, plain);
  node = await Node.start(spec, `--miner=${bob.address}`, `--challenger=${charlie.address}`);
  start = { requester: await money(node.api, dave.address), worker: await money(node.api, bob.address) };
});
after(async () => {
  await node?.remove();
  rmSync(folder, { recursive: true, force: true });
});

const address = (pair) => node.api.registry.createType('AccountId', pair.publicKey).toString();

async function post(inputs) {
  const deadline = (await node.best()) + 600;
  return (await postTask(node.api, node.rpc, dave, { paramSet: 0, ...inputs, bounty: BOUNTY, deadline })).task;
}

/** Waits for a state of the task, and fails where the task is further than `status`. */
function reach(id, what, status, condition) {
  return until(what, async () => {
    const { state } = await node.rpc('pouw_task', id);
    assert.ok(ORDER.indexOf(state.status) <= ORDER.indexOf(status), `the task is ${state.status} before it ${what}`);
    return state.status === status && condition(state);
  });
}

// The moments at which the power goes, and the size of the task (m, n; the columns where there are two slabs): more tiles give more
// tickets, which take more blocks.
const small = [512, 128];
const moments = [
  { what: 'was just posted', size: small, reached: () => {} },
  { what: 'was just claimed', size: small, reached: (id, what) => reach(id, what, 'claimed', ({ tickets }) => tickets.length === 0) },
  {
    what: 'is being mined', size: [512, 256],
    reached: (id, what) => reach(id, what, 'claimed', ({ anchor, tickets }) => anchor !== null && tickets.length === 0),
  },
  {
    what: 'has some of its tickets on chain', size: [512, 256],
    reached: (id, what) => reach(id, what, 'claimed', ({ tickets }) => tickets.length > 0),
  },
  { what: 'was just delivered', size: small, columns: 1500, reached: (id, what) => reach(id, what, 'delivered', () => true) },
  {
    what: 'is about to be finalised', size: small,
    reached: async (id, what) => {
      let best = 0;
      await until(what, async () => {
        const { state } = await node.rpc('pouw_task', id);
        best = await node.best();
        return state.status === 'delivered' && best >= state.challengeUntil - 1;
      });
    },
  },
];

for (const [index, { what, size, columns, reached }] of moments.entries()) {
  test(`a task that ${what} when the node is killed is delivered after the restart`, async () => {
    const inputs = matrices(...size, 100 + 2 * index, columns);
    await uploadBoth(node.rpc, inputs);
    let id = await post(inputs);
    await reached(id, what);
    const [best, finalized] = [await node.best(), await node.finalized()];
    await node.kill();
    await node.restart();
    // The last block may not have reached the disk, no more.
    const [bestAfter, finalizedAfter] = [await node.best(), await node.finalized()];
    assert.ok(bestAfter >= best - 1, `block ${best} was the best, after the restart it is ${bestAfter}`);
    assert.ok(finalizedAfter >= finalized - 1, `block ${finalized} was final, after the restart it is ${finalizedAfter}`);
    // A requester whose task was in that block finds it unknown and posts it again; no later moment needs that.
    if (index === 0 && (await node.rpc('pouw_task', id)) === null) id = await post(inputs);
    posted.push({ id, inputs });
    await until('the result', async () => {
      const { state } = await node.rpc('pouw_task', id);
      return ['delivered', 'finalized'].includes(state.status);
    }, 120_000);
  });
}

test('every task was claimed once, computed right, and paid once; nothing is left on hold', async () => {
  const { api } = node;
  assert.equal(posted.length, moments.length);
  for (const { id, inputs } of posted) {
    const { state } = await followTask(node.rpc, id, () => {});
    const bytes = await fetchBlob(node.rpc, state.rootC);
    assert.equal(tilesRoot(bytes), state.rootC);
    assert.deepEqual(fromTiles(bytes, inputs.n), product(inputs.a, inputs.bt), `C of task ${id}`);
  }

  const all = await events(api, 1, await node.best());
  const pouw = all.filter(({ section }) => section === 'pouw');
  let credit = 0n;
  for (const { id } of posted) {
    const of = (name) => pouw.filter((event) => event.name === name && event.data.task === id);
    for (const name of ['TaskPosted', 'TaskClaimed', 'ResultDelivered', 'TaskFinalized']) {
      assert.equal(of(name).length, 1, `${name} of task ${id}`);
    }
    const tickets = of('TicketAccepted');
    assert.ok(tickets.length > 0, `task ${id} has no ticket`);
    assert.equal(new Set(tickets.map(({ data }) => `${data.i},${data.j},${data.l}`)).size, tickets.length);
    const work = tickets.reduce((sum, { data }) => sum + BigInt(data.work), 0n);
    assert.equal(BigInt(of('TaskFinalized')[0].data.credit), work);
    credit += work;
  }
  for (const name of ['ClaimExpired', 'ResultRefuted', 'TaskExpired']) assert.ok(!pouw.some((event) => event.name === name), name);

  const fees = pouw.filter(({ name }) => name === 'TaskPosted').reduce((sum, { data }) => sum + BigInt(data.fee), 0n);
  const bounties = BOUNTY * BigInt(posted.length);
  const [requester, worker] = await Promise.all([dave, bob].map(({ address }) => money(api, address)));
  assert.equal(worker.total - start.worker.total, bounties - feesOf(address(bob), all));
  assert.equal(start.requester.total - requester.total, bounties + fees + feesOf(address(dave), all));
  assert.deepEqual([requester.held, worker.held], [0n, 0n]);
  assert.equal(BigInt((await node.rpc('pouw_workCredit', bob.address)).credit), credit);
});

test('what miner and challenger do is shown by RPC and to Prometheus', async () => {
  const [miner, challenger] = [await node.rpc('pouw_minerStatus'), await node.rpc('pouw_challengerStatus')];
  assert.deepEqual([miner.enabled, challenger.enabled, miner.lost, challenger.wrong], [true, true, 0, 0]);
  assert.equal(miner.account, address(bob));
  const metrics = await node.metrics();
  const shown = (name) => Number(new RegExp(`^${name}\\{[^}]*\\} (\\S+)$`, 'm').exec(metrics)?.[1]);
  // Since the last restart, when the task was already delivered.
  assert.equal(shown('bcai_miner_tasks_completed_total'), miner.completed);
  assert.equal(miner.completed, 1);
  assert.equal(shown('bcai_miner_bonds_lost_total'), 0);
  assert.equal(shown('bcai_challenger_wrong_results_total'), 0);
  assert.ok(shown('bcai_matrices_stored_bytes') > 0, metrics);
});

test('an upload in the middle of which the node is killed is done again', async () => {
  const provider = new WsProvider(node.url);
  try {
    await provider.isReady;
    const { a, rootA } = matrices(3072, 8, 200);
    let parts = 0;
    const rpc = async (method, ...parameters) => {
      if (method === 'pouw_uploadPart' && ++parts === 2) {
        await node.kill();
        await node.restart();
      }
      return insist(() => provider.send(method, parameters));
    };
    const blob = await upload(rpc, { kind: 'a', paramSet: 0, rows: a.rows }, a.data);
    assert.equal(blob.root, rootA);
    assert.ok(parts > 3, `${parts} parts`);
  } finally {
    await provider.disconnect();
  }
});

test('the quick start of the README of the sdk runs', async () => {
  const readme = readFileSync(new URL('../../../sdk/js/README.md', import.meta.url), 'utf8');
  const [, code] = /^## Quick start$[^]*?^```js\n([^]*?)^```$/m.exec(readme);
  // In this folder, where its packages are.
  const script = fileURLToPath(new URL(`quick-start-${process.pid}.mjs`, import.meta.url));
  writeFileSync(script, code.replace('ws://127.0.0.1:9944', node.url));
  try {
    const job = endWithTests(spawn(process.execPath, [script], { stdio: ['ignore', 'pipe', 'pipe'] }));
    let [said, errors] = ['', ''];
    job.stdout.setEncoding('utf8').on('data', (text) => { said += text; });
    job.stderr.setEncoding('utf8').on('data', (text) => { errors += text; });
    const [status] = await once(job, 'close');
    assert.equal(status, 0, errors);
    assert.match(said, /^open\n(claimed\n)+delivered\nfinalized\n-9000\n$/);
    assert.equal(errors, '', 'no warning');
  } finally {
    rmSync(script);
  }
});

test('the requester of the main job goes on when the node is killed under it', async () => {
  const script = fileURLToPath(new URL('../../../examples/digits/run.mjs', import.meta.url));
  const job = endWithTests(spawn(process.execPath, [script, '--url', node.url], { stdio: ['ignore', 'pipe', 'pipe'] }));
  const ended = once(job, 'close');
  let errors = '';
  job.stderr.setEncoding('utf8').on('data', (text) => { errors += text; });
  const said = [];
  const kills = [/is the anchor: mining/, /delivered with/, /its work credit on chain is/];
  for await (const line of createInterface(job.stdout)) {
    said.push(line);
    if (kills[0]?.test(line)) {
      kills.shift();
      await node.kill();
      await node.restart();
    }
  }
  const [status] = await ended;
  assert.equal(status, 0, `${said.join('\n')}\n${errors}`);
  assert.equal(kills.length, 0, said.join('\n'));
});
