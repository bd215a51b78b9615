// An upgrade that token holders vote in, with migrations of storage that has data in it, on four validators with a miner: before, in the block
// that enacts it, and after. BCAI_NEXT_RUNTIME names the runtime, from scripts/support/rebuilt-runtime.

import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { followTask, postTask, submit } from '@bcai/sdk';
import { blake2AsHex } from '@polkadot/util-crypto';
import { enactedSince, timeOf } from '../support/history.mjs';
import { matrices, uploadBoth } from '../support/matrices.mjs';
import { hashAt, isFinal, Network, watchFinality } from '../support/network.mjs';
import { account, until } from '../support/node.mjs';
import { aye, ended, happened, proposeWithDeposit, ROOT, UNIT, vote } from '../support/referenda.mjs';
import { callAll } from '../support/runtime-apis.mjs';

const { alice, bob, charlie, dave, eve, ferdie } = account;
const WINDOW = 10;
const folder = mkdtempSync(join(tmpdir(), 'bcai-upgrade-'));
let [network, nodes, node, api, offline, code] = [];
/** What tasks and credit were before the upgrade, and block and hash of its enactment. */
const seen = {};

const task = (id, ...at) => node.rpc('pouw_task', id, ...at);
const credit = async ({ address }, ...at) => BigInt((await node.rpc('pouw_workCredit', address, ...at)).credit);

async function post(inputs, { uploaded = true } = {}) {
  if (uploaded) await uploadBoth(node.rpc, inputs);
  const deadline = (await node.best()) + 600;
  const { task: id } = await postTask(api, node.rpc, alice, { paramSet: 0, ...inputs, bounty: 20n * UNIT, deadline });
  return id;
}
const isNow = (id, status) => until(`task ${id} to be ${status}`, async () => (await task(id))?.state.status === status, 180_000);

before(async () => {
  assert.ok(process.env.BCAI_NEXT_RUNTIME, 'BCAI_NEXT_RUNTIME must name the next runtime: scripts/support/rebuilt-runtime next');
  code = `0x${readFileSync(process.env.BCAI_NEXT_RUNTIME).toString('hex')}`;
  network = await Network.ofFour(folder, { 'pouw.ChallengeWindow': WINDOW });
  ({ nodes } = network);
  [node] = await network.dialValidators(`--miner=${ferdie.address}`, `--challenger=${eve.address}`);
  api = node.api;
  offline = await network.dial();
  await Promise.all(nodes.map((each) => isFinal(each, 2)));
});
after(async () => {
  await network?.remove();
  rmSync(folder, { recursive: true, force: true });
});

test('before: tasks in every state, and credit of several accounts', async () => {
  // The miner's credit goes to others, one task each.
  for (const [seed, beneficiary] of [[1, null], [2, bob.address], [3, charlie.address]]) {
    await submit(api, api.tx.pouw.setBeneficiary(beneficiary), ferdie);
    // Enough tiles and slabs for some tickets to win.
    const id = await post(matrices(64, 64, seed, 2048));
    const { state } = await followTask(node.rpc, id);
    assert.ok(BigInt(state.credit) > 0n);
    seen.finalized = id;
  }
  // Nobody can mine what isn't here.
  seen.open = await post(matrices(16, 16, 9), { uploaded: false });
  seen.credits = await Promise.all([ferdie, bob, charlie].map((who) => credit(who)));
  assert.ok(seen.credits.every((each) => each > 0n));
});

test('token holders vote the upgrade through', async () => {
  const begun = Date.now();
  const index = await proposeWithDeposit(api, ROOT, api.tx.system.authorizeUpgrade(blake2AsHex(code)), alice);
  const from = await node.best();
  await Promise.all([bob, charlie, dave, eve].map((who) => vote(api, index, aye(900_000n * UNIT), who)));
  await ended(api, index, 'Approved');
  await happened(api, 'system', 'UpgradeAuthorized', from);
  assert.ok(Date.now() - begun < 120_000, `${Date.now() - begun} ms`);
});

test('the chain goes on through the enactment, and a claim of before is finished after', async () => {
  await offline.stop();
  const wrong = `${code.slice(0, -2)}00`;
  await assert.rejects(submit(api, api.tx.system.applyAuthorizedUpgrade(wrong), bob), /Unauthorized/);

  seen.claimed = await post(matrices(2048, 1024, 5, 8192));
  await isNow(seen.claimed, 'claimed');
  const { specVersion } = api.runtimeVersion;
  const finality = watchFinality(node);
  const { block } = await submit(api, api.tx.system.applyAuthorizedUpgrade(code), bob);
  seen.number = (await api.rpc.chain.getHeader(block)).number.toNumber();

  // Every node has it, and finality doesn't wait.
  await Promise.all(nodes.filter((each) => each !== offline).map((each) => isFinal(each, seen.number + 10)));
  seen.withoutFinality = await finality();
  // Another fork may have won since, which has it in another block.
  seen.number = await enactedSince(node, specVersion.toNumber(), seen.number - 5);
  seen.hash = await hashAt(node, seen.number);
  const running = nodes.filter((each) => each !== offline);
  const versions = await Promise.all(running.map((each) => each.rpc('state_getRuntimeVersion')));
  assert.deepEqual(versions.map((each) => each.specVersion), running.map(() => specVersion.toNumber() + 1));
  const codes = await Promise.all(running.map((each) => each.rpc('state_getStorageHash', '0x3a636f6465')));
  assert.deepEqual(new Set(codes), new Set([blake2AsHex(code)]));

  await isNow(seen.claimed, 'finalized');
  const { state } = await task(seen.claimed);
  assert.equal(state.worker, api.registry.createType('AccountId', ferdie.publicKey).toString());
});

test('in the block of the enactment nothing is told that makes no sense', async () => {
  const parent = await hashAt(node, seen.number - 1);
  const next = await hashAt(node, seen.number + 1);
  const { specVersion } = await node.rpc('state_getRuntimeVersion', seen.hash);
  assert.equal(specVersion, (await node.rpc('state_getRuntimeVersion', parent)).specVersion + 1);
  const ask = (method, ...parameters) => node.rpc(method, ...parameters);
  for (const [method, ...parameters] of [
    ['pouw_task', seen.open], ['pouw_tasks', 0, 10], ['pouw_targets'], ['pouw_workCredit', bob.address], ['pouw_postingQuote', 0, 8, 8, 1, '1'],
  ]) {
    await assert.rejects(ask(method, ...parameters, seen.hash), { code: 10023 }, method);
    assert.ok(await ask(method, ...parameters, parent), method);
  }
  // Whatever else runs there ends with an answer, or is refused as it was the block before.
  const transaction = (await api.tx.system.remark('0x').signAsync(alice)).toHex();
  const [before, enacted, after] = [await callAll(node, parent, transaction), await callAll(node, seen.hash, transaction), await callAll(node, next, transaction)];
  const refused = (answers) => Object.keys(answers).filter((name) => answers[name] === 'refused');
  for (const answers of [enacted, after]) assert.deepEqual(refused(answers), refused(before));
  assert.deepEqual([before, enacted, after].map((each) => Number(each.UpgradeApi_is_migrating)), [0, 1, 1]);
  for (const name of ['GrandpaApi_grandpa_authorities', 'BabeApi_configuration', 'Metadata_metadata_versions', 'PouwApi_limits']) assert.equal(enacted[name], after[name], name);
  assert.ok((await ask('state_getMetadata', seen.hash)).length > 1000);
  assert.ok((await ask('payment_queryInfo', (await api.tx.system.remark('0x').signAsync(alice)).toHex())).partialFee);
});

test('what was there before reads back migrated, and what is new can be called', async () => {
  assert.equal((await task(seen.open)).state.status, 'open');
  assert.equal((await task(seen.finalized)).state.status, 'finalized');
  const [first, second, third] = await Promise.all([ferdie, bob, charlie].map((who) => credit(who)));
  assert.deepEqual([first, second], seen.credits.slice(0, 2));
  // The task that was finished after is this account's as well.
  assert.ok(third > seen.credits[2]);
  // The client that was connected all the time has the new metadata.
  await until('the new call', () => api.tx.pouw.touchTask !== undefined);
  await submit(api, api.tx.pouw.touchTask(seen.open), dave);
  await assert.rejects(submit(api, api.tx.pouw.touchTask(4_000_000), dave), /UnknownTask/);
  assert.equal(api.consts.pouw.maxIdleSteps.toNumber(), 65);
  // Requesters go on as well.
  await submit(api, api.tx.pouw.cancelTask(seen.open), alice);
  assert.equal(await task(seen.open), null);
});

test('migrations of several blocks ran, and took no transactions meanwhile', async () => {
  let block = seen.number + 1;
  const names = [];
  for (; !names.includes('UpgradeCompleted'); block++) {
    const at = await api.at(await hashAt(node, block));
    for (const { event } of await at.query.system.events()) if (event.section === 'migrations') names.push(event.method);
    const { block: { extrinsics } } = await node.rpc('chain_getBlock', await hashAt(node, block));
    if (!names.includes('UpgradeCompleted')) assert.equal(extrinsics.length, 1, `block ${block}`);
    assert.ok(block < seen.number + 30, `${names}`);
  }
  assert.ok(block - seen.number > 3, `${block - seen.number} blocks: ${names}`);
});

test('no block and no finality was late', async (t) => {
  const gaps = [];
  let before = await timeOf(node, seen.number - 11);
  for (let number = seen.number - 10; number <= seen.number + 10; number++) {
    const now = await timeOf(node, number);
    gaps.push(now - before);
    before = now;
  }
  t.diagnostic(`milliseconds between blocks, the eleventh with the enactment: ${gaps.join(' ')}; longest without finality: ${seen.withoutFinality}`);
  assert.ok(Math.max(...gaps) <= 10_000, `${Math.max(...gaps)} ms between two blocks`);
  assert.ok(seen.withoutFinality <= 10_000, `${seen.withoutFinality} ms without a new final block`);
});

test('a node that was away, a new one and one that warps agree', { concurrency: true }, async () => {
  await offline.restart();
  const fresh = await network.dial();
  const warped = await network.dial('--sync=warp');
  const number = seen.number + 10;
  for (const each of [offline, fresh, warped]) await isFinal(each, number);
  // Whoever warped fetches the blocks before later.
  const hashes = await Promise.all(nodes.map((each) => until('the block', () => hashAt(each, number))));
  assert.equal(new Set(hashes).size, 1, `${hashes}`);
  const codes = await Promise.all([offline, fresh, warped].map((each) => each.rpc('state_getStorageHash', '0x3a636f6465')));
  assert.deepEqual(new Set(codes), new Set([blake2AsHex(code)]));
});
