// What a miner's operator is told, with nodes that lack something.

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { postTask, submit } from '@bcai/sdk';
import { Keyring } from '@polkadot/api';
import { money } from '../support/history.mjs';
import { matrices, uploadBoth } from '../support/matrices.mjs';
import { account, Node, rawSpec, until } from '../support/node.mjs';

const UNIT = 1_000_000_000_000n;
const BOUNTY = 20n * UNIT;
const BOND = 2n * UNIT;
const { dave } = account;
// Well-known to the node, and without funds in every genesis.
const one = new Keyring({ type: 'sr25519' }).addFromUri('//One');
const folder = mkdtempSync(join(tmpdir(), 'bcai-mining-'));
let spec;
let node;
let twin;

before(async () => {
  spec = await rawSpec(folder, 'dev');
  node = await Node.start(spec, `--miner=${one.address}`);
});
after(async () => {
  await Promise.all([node?.remove(), twin?.remove()]);
  rmSync(folder, { recursive: true, force: true });
});

const miner = (which = node) => which.rpc('pouw_minerStatus');
const pay = (amount) => submit(node.api, node.api.tx.balances.transferKeepAlive(one.address, amount), dave);
const nonce = () => node.rpc('system_accountNextIndex', one.address);

async function post(inputs) {
  const deadline = (await node.best()) + 600;
  return (await postTask(node.api, node.rpc, dave, { paramSet: 0, ...inputs, bounty: BOUNTY, deadline })).task;
}

async function blocks(count) {
  const from = await node.best();
  await until(`${count} blocks`, async () => (await node.best()) >= from + count);
}

test('a miner with the bond and nothing for fees says so once, sends nothing, and goes on when funds come', async () => {
  const deposit = node.api.consts.balances.existentialDeposit.toBigInt();
  await pay(BOND + deposit);
  const before = await nonce();
  const inputs = matrices(128, 64, 900);
  await uploadBoth(node.rpc, inputs);
  const task = await post(inputs);
  const error = await until('what is lacking', async () => (await miner()).lastError);
  assert.match(error.text, new RegExp(`has 2 BCAI .*claim of task ${task} needs 2\\.\\d+ BCAI`));
  assert.ok(error.block > 0 && Math.abs(Date.now() - error.time) < 600_000, JSON.stringify(error));
  await blocks(8);
  assert.equal(await nonce(), before, 'a transaction was sent all the same');
  assert.equal(node.logged().split('\n').filter((line) => line.includes('that can be put on hold')).length, 1);
  await pay(UNIT);
  await until('the result', async () => ['delivered', 'finalized'].includes((await node.rpc('pouw_task', task)).state.status));
  const status = await miner();
  assert.deepEqual([status.lastError, status.failedCalls], [null, 0]);
  assert.ok(BigInt(status.feesPaid) > 0n);
  // The miner counts a fee when it looks at the block, which is soon after this has seen it.
  await until('every fee to be counted', async () => {
    const { feesPaid } = await miner();
    return (await money(node.api, one.address)).total === BOND + deposit + UNIT - BigInt(feesPaid);
  });
});

test('open tasks whose matrices are on no node that mines are counted, with a line in the log', async () => {
  await post(matrices(64, 64, 920));
  await until('the count', async () => (await miner()).missingMatrices === 1);
  await until('the line in the log', () => node.logged().includes('1 open tasks have matrices that are not on this node'));
  const metrics = await node.metrics();
  assert.match(metrics, /^bcai_miner_tasks_without_matrices\{[^}]*\} 1$/m);
});

test('two nodes that mine for one account say so', async () => {
  const addresses = await until('the node to listen', async () => {
    const found = await node.rpc('system_localListenAddresses');
    return found.filter((each) => each.startsWith('/ip4/127.0.0.1/'));
  });
  twin = await Node.run(`--chain=${spec}`, `--bootnodes=${addresses[0]}`, `--miner=${one.address}`);
  await until('the same chain', async () => (await twin.best()) >= (await node.best()) - 1);
  await pay(100n * UNIT);
  const foreign = async () => (await miner()).foreignClaims + (await miner(twin)).foreignClaims;
  for (let seed = 940; seed < 960 && (await foreign()) === 0; seed += 2) {
    const inputs = matrices(128, 64, seed);
    await Promise.all([node, twin].map(({ rpc }) => uploadBoth(rpc, inputs)));
    const task = await post(inputs);
    await until('the result', async () => ['delivered', 'finalized'].includes((await node.rpc('pouw_task', task)).state.status));
  }
  assert.ok((await foreign()) > 0, 'neither noticed');
  await until('the line in the log', () => /was claimed for \w+ by another process/.test(node.logged() + twin.logged()));
});
