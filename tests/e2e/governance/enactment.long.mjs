// The upgrade in the worst block for it: the last of an epoch, and the first of the next that can have it, each on a chain of its own. That is the
// second: the session pallet lets the change of epochs fill its block. The next runtime's migrations plan another configuration of epochs, which
// the chain has to reach as well. It takes two epochs.

import assert from 'node:assert/strict';
import { cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { followTask, postTask, submit, toHex } from '@bcai/sdk';
import { blake2AsHex } from '@polkadot/util-crypto';
import { giveCredit } from '../support/credit.mjs';
import { authorOf, enactedSince } from '../support/history.mjs';
import { matrices, uploadBoth } from '../support/matrices.mjs';
import { hashAt, isFinal } from '../support/network.mjs';
import { account, Node, rawSpec, until } from '../support/node.mjs';
import { aye, ended, proposeWithDeposit, ROOT, UNIT, vote } from '../support/referenda.mjs';
import { callAll } from '../support/runtime-apis.mjs';

const { alice, bob, charlie, dave, eve, ferdie } = account;
/** How often the block may be missed, by a machine that is late. */
const TRIES = 3;
const folder = mkdtempSync(join(tmpdir(), 'bcai-enactment-'));
const nodes = [];
let [spec, code] = [];

const start = async (data) => {
  // Room for the upgrade among the transactions that wait for another one: a tenth of the pool.
  const room = '--pool-kbytes=65536';
  const node = await Node.on(data, `--chain=${spec}`, '--alice', '--validator', '--force-authoring', `--miner=${ferdie.address}`, `--challenger=${eve.address}`, room);
  nodes.push(node);
  return node;
};

before(async () => {
  assert.ok(process.env.BCAI_NEXT_RUNTIME, 'BCAI_NEXT_RUNTIME must name the next runtime: scripts/support/rebuilt-runtime next');
  code = readFileSync(process.env.BCAI_NEXT_RUNTIME);
  spec = await rawSpec(folder, 'dev');
  // So that the migration takes several blocks.
  giveCredit(spec, 6);
});
after(async () => {
  await Promise.all(nodes.map((each) => each.remove()));
  rmSync(folder, { recursive: true, force: true });
});

/** The database of a chain whose token holders have authorised the upgrade. */
async function authorised(ready) {
  const node = await start(ready);
  const { api } = node;
  // Nobody can mine what isn't here.
  const post = ({ m, n, slabs, rootA, rootB }) => api.tx.pouw.postTask(0, m, n, slabs, rootA, rootB, 20n * UNIT, 3_000, 100n * UNIT);
  await Promise.all([bob, charlie, dave].map((who, seed) => submit(api, post(matrices(8, 8, seed)), who)));
  const index = await proposeWithDeposit(api, ROOT, api.tx.system.authorizeUpgrade(blake2AsHex(code)), alice);
  await Promise.all([bob, charlie, dave, eve, ferdie].map((who) => vote(api, index, aye(900_000n * UNIT, 'None'), who)));
  await ended(api, index, 'Approved');
  await until('the authorisation', async () => (await api.query.system.authorizedUpgrade()).isSome);
  await isFinal(node, await node.best());
  await node.stop();
}

const slotOf = async (node, number) => (await authorOf(node, number)).slot;
const bestSlot = async (node) => slotOf(node, await node.best());

/** A copy of a chain, where the upgrade is applied around the end of an epoch: as its `last` block, or as the `first` that can have it of the next. */
async function appliedIn(which, t) {
  const ready = mkdtempSync(join(folder, 'ready-'));
  await authorised(ready);
  for (let attempt = 1; ; attempt++) {
    const data = mkdtempSync(join(folder, 'copy-'));
    cpSync(ready, data, { recursive: true });
    const node = await start(data);
    const { api, rpc } = node;
    const length = api.consts.babe.epochDuration.toNumber();
    const first = (await api.query.babe.genesisSlot()).toNumber();
    const made = await node.best();
    await until('a block', async () => (await node.best()) > made);
    // Time enough to be ready.
    const boundary = first + (Math.floor((await bestSlot(node) + 20 - first) / length) + 1) * length;
    await until('the end of the epoch', async () => (await bestSlot(node)) >= boundary - 15, (length + 60) * 1_000);
    // The pool has checked the upgrade long before; a small transaction before it lets it go at the right moment.
    const nonce = (await api.rpc.system.accountNextIndex(bob.address)).toNumber();
    const [release, upgrade] = [api.tx.system.remark('0x'), api.tx.system.applyAuthorizedUpgrade(toHex(code))];
    const [released, upgraded] = [await release.signAsync(bob, { nonce }), await upgrade.signAsync(bob, { nonce: nonce + 1 })].map((each) => each.toHex());
    await rpc('author_submitExtrinsic', upgraded);
    const version = api.runtimeVersion.specVersion.toNumber();
    await until('the slot before', async () => (await bestSlot(node)) >= boundary - (which === 'last' ? 2 : 1));
    const from = await node.best();
    await rpc('author_submitExtrinsic', released);
    const number = await until('the enactment', () => enactedSince(node, version, from));
    await until('the block after', async () => (await node.best()) > number);
    // A slow machine may leave slots empty: what counts is on which side of the change of epochs the blocks are.
    const slots = await Promise.all([-2, -1, 0, 1].map(async (each) => (await slotOf(node, number + each)) - boundary));
    t.diagnostic(`enacted in block ${number}; the two before it, itself and the next are in the slots ${slots.join(', ')} of the next epoch, try ${attempt}`);
    const changes = slots.findIndex((slot) => slot >= 0);
    if (changes === (which === 'last' ? 3 : 1)) return { node, number, boundary, length };
    assert.ok(attempt < TRIES, `the upgrade missed its block ${TRIES} times`);
    await node.remove();
  }
}

/** What every chain has to do from the block of the enactment on. */
async function goesOn({ node, number, boundary, length }) {
  const { api, rpc } = node;
  await until('the new metadata', () => api.tx.pouw.touchTask !== undefined);
  // The pool takes it now, and a block does once nothing is left to migrate.
  const waiting = submit(api, api.tx.balances.transferKeepAlive(bob.address, UNIT), dave);
  const transaction = (await api.tx.system.remark('0x00').signAsync(alice)).toHex();
  const [parent, enacted, next] = [await hashAt(node, number - 1), await hashAt(node, number), await until('the next block', () => hashAt(node, number + 1))];
  const [before, at, after] = [await callAll(node, parent, transaction), await callAll(node, enacted, transaction), await callAll(node, next, transaction)];
  assert.deepEqual([before, at, after].map((each) => Number(each.UpgradeApi_is_migrating)), [0, 1, 1]);
  const refused = (answers) => Object.keys(answers).filter((name) => answers[name] === 'refused');
  assert.deepEqual(refused(at), refused(before));
  assert.deepEqual(refused(after), refused(before));
  // What consensus asks for is the same within an epoch.
  const still = ['GrandpaApi_grandpa_authorities', 'GrandpaApi_current_set_id', 'BabeApi_configuration', 'BabeApi_current_epoch', 'BabeApi_next_epoch'];
  for (const name of still) assert.equal(at[name], before[name], name);
  await waiting;

  // Epochs go on: every change is announced in its first block, and finality follows.
  await until('the second boundary', async () => (await bestSlot(node)) >= boundary + length + 10, (length + 120) * 1_000);
  const best = await node.best();
  await isFinal(node, best);
  assert.equal((await api.query.babe.epochIndex()).toNumber(), (boundary - (await api.query.babe.genesisSlot()).toNumber()) / length + 1);
  const slots = await Promise.all(Array.from({ length: 12 }, (_, back) => slotOf(node, best - back)));
  assert.ok(slots[0] - slots.at(-1) <= 14, `a block in nearly every slot: ${slots}`);

  // Roles, store and methods work: a task goes the whole way, and its result is checked.
  const inputs = matrices(64, 64, number, 2048);
  await uploadBoth(rpc, inputs);
  const { task } = await postTask(api, rpc, alice, { paramSet: 0, ...inputs, bounty: 20n * UNIT, deadline: best + 600 });
  assert.equal((await followTask(rpc, task)).state.status, 'finalized');
  const metrics = await node.metrics();
  assert.match(metrics, /^bcai_challenger_right_results_total\S* [1-9]/m);
  for (const role of ['miner', 'challenger']) assert.match(metrics, new RegExp(`^bcai_${role}_restarts_total\\S* 0$`, 'm'));
  const first = await rpc('pouw_tasks', 0, 3);
  assert.deepEqual(first.tasks.map(({ state }) => state.status), ['open', 'open', 'open']);
}

describe('beside each other', { concurrency: true }, () => {
  test('enacted in the last block of an epoch', async (t) => {
    const chain = await appliedIn('last', t);
    await goesOn(chain);
    // The first block of the epoch migrated, and announced what its migration planned.
    const { node, boundary, length, number } = chain;
    const rights = { before: new Set(), after: new Set() };
    for (let block = number; block <= (await node.best()); block++) {
      const { right, slot } = await authorOf(node, block);
      rights[slot < boundary + length ? 'before' : 'after'].add(right);
    }
    assert.deepEqual([...rights.before].sort(), ['primary', 'vrf']);
    assert.ok(rights.after.has('plain') && !rights.after.has('vrf'), `${[...rights.after]}`);
  });

  test('enacted in the first block of an epoch that can have it', async (t) => {
    // Later than the other: compiling a runtime takes both cores for longer than a slot.
    await until('the other chain', async () => nodes.length > 0 && (await nodes[0].best()) >= 20);
    const chain = await appliedIn('first', t);
    await goesOn(chain);
    // The one before had room for nothing but its time, although the pool had the upgrade.
    const { block: { extrinsics } } = await chain.node.rpc('chain_getBlock', await hashAt(chain.node, chain.number - 1));
    assert.equal(extrinsics.length, 1);
    // The change of epochs came before the migration, so the one at the second boundary announces what it planned.
    assert.ok((await chain.node.api.query.babe.nextEpochConfig()).unwrap().allowedSlots.isPrimaryAndSecondaryPlainSlots);
  });
});
