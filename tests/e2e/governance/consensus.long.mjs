// A vote that changes how blocks are authored, on four validators: nobody forks, stops or has to be started again. It takes two epochs.

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { authorOf } from '../support/history.mjs';
import { hashAt, isFinal, Network, VALIDATORS } from '../support/network.mjs';
import { account, until } from '../support/node.mjs';
import { aye, ended, happened, origin, proposeWithDeposit, ROOT, UNIT, vote } from '../support/referenda.mjs';

const { alice, bob, charlie, dave, eve, ferdie } = account;
const folder = mkdtempSync(join(tmpdir(), 'bcai-consensus-'));
let [network, node, api, validators, away] = [];
/** The slot with which the new configuration begins, and the first block from it on. */
const seen = {};

before(async () => {
  network = await Network.ofFour(folder);
  validators = await network.dialValidators();
  [node] = validators;
  ({ api } = node);
  away = await network.dial();
  await Promise.all(network.nodes.map((each) => isFinal(each, 2)));
});
after(async () => {
  await network?.remove();
  rmSync(folder, { recursive: true, force: true });
});

/** Which slots may be authored, as a node's own runtime tells it: the last byte. */
async function allowed(of) {
  const configuration = await of.rpc('state_call', 'BabeApi_configuration', '0x');
  return ['primary', 'primary and plain', 'primary and vrf'][Number(`0x${configuration.slice(-2)}`)];
}

test('root plans another configuration of epochs, and no other origin does', async () => {
  const plan = () => api.tx.babe.planConfigChange({ V1: { c: [1, 2], allowedSlots: 'PrimaryAndSecondaryPlainSlots' } });
  const from = await node.best();
  const right = await proposeWithDeposit(api, ROOT, plan(), alice);
  const wrong = await proposeWithDeposit(api, origin('ConsensusParameters'), plan(), alice);
  for (const index of [wrong, right]) {
    await Promise.all([bob, charlie, dave, eve, ferdie].map((who) => vote(api, index, aye(900_000n * UNIT), who)));
  }
  for (const index of [right, wrong]) await ended(api, index, 'Approved');
  await happened(api, 'scheduler', 'Dispatched', from, ({ id, result }) => id.isSome && result.isErr && result.asErr.isBadOrigin);
  await happened(api, 'scheduler', 'Dispatched', from, ({ id, result }) => id.isSome && result.isOk);
  assert.equal((await api.query.babe.pendingEpochConfigChange()).unwrap().asV1.allowedSlots.type, 'PrimaryAndSecondaryPlainSlots');
});

test('all nodes take it with the first slot of an epoch, and not before', async (t) => {
  const length = api.consts.babe.epochDuration.toNumber();
  const start = (await api.query.babe.genesisSlot()).toNumber();
  const now = (await authorOf(node, await node.best())).slot;
  // The next change of epochs announces it, the one after it brings it.
  seen.slot = start + (Math.floor((now - start) / length) + 2) * length;
  await away.stop();
  const reached = async (slot) => until(`slot ${slot}`, async () => (await authorOf(node, await node.best())).slot >= slot, (2 * length + 120) * 1_000);
  await reached(seen.slot + 30);
  let number = await node.best();
  while ((await authorOf(node, number - 1)).slot >= seen.slot) number--;
  seen.number = number;
  const rights = async (from, to) => {
    const found = {};
    for (let block = from; block <= to; block++) {
      const { right } = await authorOf(node, block);
      found[right] = (found[right] ?? 0) + 1;
    }
    return found;
  };
  const [before, after] = [await rights(number - 30, number - 1), await rights(number, number + 25)];
  t.diagnostic(`30 blocks before: ${JSON.stringify(before)}, 26 after: ${JSON.stringify(after)}`);
  assert.ok(before.vrf > 0 && before.plain === undefined, JSON.stringify(before));
  assert.ok(after.plain > 0 && after.vrf === undefined, JSON.stringify(after));
  await Promise.all(validators.map((each) => isFinal(each, number + 20)));
  assert.deepEqual(await Promise.all(validators.map(allowed)), validators.map(() => 'primary and plain'));
});

test('validators that are started again author on', async () => {
  const [, one] = validators;
  await one.kill();
  await one.restart();
  const from = await node.best();
  let [next, made] = [from, undefined];
  await until('a block of the validator', async () => {
    for (const best = await node.best(); next <= best && !made; next++) if ((await authorOf(node, next)).authority === 1) made = next;
    return made;
  });
  await isFinal(one, made + 3);
});

test('a node that was away, a new one and one that warps agree', { concurrency: true }, async () => {
  await away.restart();
  const fresh = await network.dial();
  const warped = await network.dial('--sync=warp');
  const number = (await node.best()) + 2;
  for (const each of [away, fresh, warped]) await isFinal(each, number);
  for (const block of [seen.number, number]) {
    // Whoever warped fetches the blocks before later.
    const hashes = await Promise.all(network.nodes.map((each) => until(`block ${block}`, () => hashAt(each, block))));
    assert.equal(new Set(hashes).size, 1, `${hashes}`);
  }
  assert.equal(network.nodes.length, VALIDATORS.length + 3);
});
