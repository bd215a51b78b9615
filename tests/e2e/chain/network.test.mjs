import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { submit } from '@bcai/sdk';
import { account, command, Node, rawSpec, succeed, until } from '../support/node.mjs';

const UNIT = 1_000_000_000_000n;
const folder = mkdtempSync(join(tmpdir(), 'bcai-network-'));
const nodes = [];
let spec;
let alice;
let bob;
let full;
let warped;

/** A node of the local chain that dials the ones that are there. */
async function dial(...options) {
  const bootnodes = await Promise.all(nodes.map((node) => node.address()));
  const node = await Node.run(`--chain=${spec}`, ...bootnodes.map((each) => `--bootnodes=${each}`), ...options);
  nodes.push(node);
  return node;
}

const isFinal = (node, number) => until(`finality of block ${number}`, async () => (await node.finalized()) >= number, 120_000);
const hashAt = (node, number) => node.rpc('chain_getBlockHash', number);

/** Number of the best and of the final block of a node that isn't running, as chain-info tells. */
async function chainInfo(data) {
  const info = JSON.parse(await succeed('chain-info', `--chain=${spec}`, `--base-path=${data}`));
  return { best: info.best_number, finalized: info.finalized_number };
}

before(async () => {
  spec = await rawSpec(folder, 'local');
  alice = await dial('--alice', '--validator');
  bob = await dial('--bob', '--validator');
  full = await dial();
});
after(async () => {
  await Promise.all(nodes.map((node) => node.remove()));
  rmSync(folder, { recursive: true, force: true });
});

test('two validators and a full node finalise the same chain', async () => {
  await Promise.all(nodes.map((node) => isFinal(node, 5)));
  const hashes = await Promise.all(nodes.map((node) => hashAt(node, 5)));
  assert.equal(new Set(hashes).size, 1, `${hashes}`);
  await until('the end of the sync', async () => !(await full.rpc('system_health')).isSyncing);
});

test('a transaction given to a full node is in a block of a validator', async () => {
  // The transaction pool of a node follows the chain only from the first block after its sync.
  const synced = await full.best();
  await until('blocks after the sync', async () => (await full.best()) >= synced + 2);
  const receiver = account.ferdie.address;
  const free = async (node) => (await node.api.query.system.account(receiver)).data.free.toBigInt();
  const funds = await free(alice);
  await submit(full.api, full.api.tx.balances.transferKeepAlive(receiver, UNIT), account.eve);
  await until('the transfer', async () => (await free(alice)) === funds + UNIT);
});

test('a node that warps has the state of the chain, and follows it', async () => {
  // Behind the transfer, so that the state is not the genesis's.
  const there = await alice.best();
  await isFinal(alice, there);
  warped = await dial('--sync=warp');
  await isFinal(warped, there);
  assert.match(warped.logged(), /Warp sync is complete/);
  const number = await warped.finalized();
  const hash = await hashAt(warped, number);
  assert.equal(hash, await hashAt(alice, number));
  // Raw, since the API would ask for the block before it, which a node that warped need not have yet.
  const ferdie = alice.api.query.system.account.key(account.ferdie.address);
  const stored = await warped.rpc('state_getStorage', ferdie, hash);
  assert.equal(stored, await alice.rpc('state_getStorage', ferdie, hash));
  assert.notEqual(stored, await alice.rpc('state_getStorage', ferdie, await hashAt(alice, 0)), 'the transfer is in it');
  await isFinal(warped, number + 3);
});

test('one peer is enough to warp', async () => {
  const there = await alice.finalized();
  const only = await alice.address();
  const node = await Node.run(`--chain=${spec}`, '--sync=warp', '--reserved-only', `--reserved-nodes=${only}`, `--bootnodes=${only}`);
  try {
    await isFinal(node, there);
    assert.match(node.logged(), /Warp sync is complete/);
    assert.equal((await node.rpc('system_health')).peers, 1);
  } finally {
    await node.remove();
  }
});

test('a full node without GRANDPA keeps its peers and follows the best blocks', async () => {
  const bootnodes = await Promise.all([alice, bob].map((each) => each.address()));
  const node = await Node.run(`--chain=${spec}`, '--no-grandpa', ...bootnodes.map((each) => `--bootnodes=${each}`));
  try {
    await until('peers', async () => (await node.rpc('system_health')).peers >= 2);
    // Longer than peers keep one that they can't talk to.
    const enough = (await alice.best()) + 20;
    await until('blocks', async () => {
      const { peers } = await node.rpc('system_health');
      assert.ok(peers >= 2, `${peers} peers\n${node.lastLines()}`);
      return (await node.best()) >= enough;
    }, 120_000);
    assert.equal(await hashAt(node, enough - 5), await hashAt(alice, enough - 5));
  } finally {
    await node.remove();
  }
});

test('without two thirds of the validators nothing is final, until they are back', async () => {
  assert.equal(await bob.stop(), 0, bob.lastLines());
  // Bob's last block and his votes for it may still arrive; a block after that can't have any.
  const best = (await alice.best()) + 1;
  await until('blocks without finality', async () => (await alice.best()) >= best + 5);
  assert.ok((await alice.finalized()) <= best);
  await bob.restart();
  await isFinal(alice, best + 5);
  await isFinal(bob, best + 5);
});

test('blocks are exported, imported into another database and checked', async () => {
  const last = await full.finalized();
  assert.equal(await full.stop(), 0, full.lastLines());
  const { best, finalized } = await chainInfo(full.data);
  assert.ok(best >= finalized && finalized >= last, `best ${best}, finalised ${finalized}, seen ${last}`);
  const blocks = join(full.folder, 'blocks');
  const copy = join(full.folder, 'copy');
  await succeed('export-blocks', `--chain=${spec}`, `--base-path=${full.data}`, `--to=${last}`, blocks);
  const { status, stderr } = await command(['import-blocks', `--chain=${spec}`, `--base-path=${copy}`, blocks]);
  assert.equal(status, 0, stderr);
  assert.doesNotMatch(stderr, /Essential task|panicked/);
  assert.equal((await chainInfo(copy)).best, last);
  await succeed('check-block', `--chain=${spec}`, `--base-path=${copy}`, `${last}`);
});

test('blocks that are not final can be reverted, and the chain goes on from there', async () => {
  // A validator without any peer makes no blocks: Alice's is the node that warped, which no peer's end has taken down.
  assert.ok(!warped.ended, warped.lastLines());
  await bob.stop();
  const reached = await alice.best();
  await until('blocks without finality', async () => (await alice.best()) >= reached + 5);
  await alice.stop();
  const { best, finalized } = await chainInfo(alice.data);
  assert.ok(best >= finalized + 4, `best ${best}, finalised ${finalized}`);
  await succeed('revert', `--chain=${spec}`, `--base-path=${alice.data}`, '2');
  assert.deepEqual(await chainInfo(alice.data), { best: best - 2, finalized });
  await succeed('revert', `--chain=${spec}`, `--base-path=${alice.data}`, '1000');
  assert.deepEqual(await chainInfo(alice.data), { best: finalized, finalized });
  // Bob has Alice as boot node, so she is there first.
  await alice.restart();
  await bob.restart();
  await isFinal(alice, best + 1);
});
