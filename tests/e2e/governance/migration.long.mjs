// A migration of many times the state that upgrade.long.mjs has: hundreds of tasks in one block, dozens of accounts' credit over dozens of blocks.

import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { submit, toHex } from '@bcai/sdk';
import { blake2AsHex } from '@polkadot/util-crypto';
import { giveCredit } from '../support/credit.mjs';
import { events, timeOf } from '../support/history.mjs';
import { hashAt, isFinal, watchFinality } from '../support/network.mjs';
import { account, Node, rawSpec, until } from '../support/node.mjs';
import { aye, ended, proposeWithDeposit, ROOT, UNIT, vote } from '../support/referenda.mjs';

const { alice, bob, charlie, dave, eve, ferdie } = account;
const REQUESTERS = [alice, bob, charlie, dave, eve, ferdie];
/** Of each of them: most that the chain lets one have. */
const TASKS = 60;
const CREDITS = 40;
/** Where a migration or finality would be said to hang. */
const LONGEST_GAP = 10_000;
const folder = mkdtempSync(join(tmpdir(), 'bcai-migration-'));
let [node, api, code, credited] = [];
/** Blocks of the enactment and of the migration's end, and all that is migrated as it was before. */
const seen = {};

before(async () => {
  assert.ok(process.env.BCAI_NEXT_RUNTIME, 'BCAI_NEXT_RUNTIME must name the next runtime: scripts/support/rebuilt-runtime next');
  code = readFileSync(process.env.BCAI_NEXT_RUNTIME);
  const spec = await rawSpec(folder, 'dev');
  credited = giveCredit(spec, CREDITS);
  node = await Node.run(`--chain=${spec}`, '--alice', '--validator', '--force-authoring');
  ({ api } = node);
});
after(async () => {
  await node?.remove();
  rmSync(folder, { recursive: true, force: true });
});

/** Every task, and what every account has, at a block. */
async function stateAt(block) {
  const tasks = [];
  for (let from = 0; from !== null; ) {
    const page = await node.rpc('pouw_tasks', from, 100, block);
    tasks.push(...page.tasks);
    from = page.next;
  }
  const credits = await Promise.all(credited.map((each) => node.rpc('pouw_workCredit', api.registry.createType('AccountId', each).toString(), block)));
  return { tasks, credits };
}

test('before: hundreds of tasks, and an upgrade that is authorised', async () => {
  const root = (number) => toHex(Buffer.alloc(32, number));
  await Promise.all(REQUESTERS.map((who, at) => {
    // Nobody can mine what isn't here; every one differs.
    const calls = Array.from({ length: TASKS }, (_, index) => api.tx.pouw.postTask(0, 8 * (1 + at), 8 * (1 + index), 1 + (index % 4), root(at), root(index), UNIT + BigInt(index), 3_000 + index, 100n * UNIT));
    return submit(api, api.tx.utility.batchAll(calls), who);
  }));
  const index = await proposeWithDeposit(api, ROOT, api.tx.system.authorizeUpgrade(blake2AsHex(code)), alice);
  await Promise.all([bob, charlie, dave, eve, ferdie].map((who) => vote(api, index, aye(900_000n * UNIT, 'None'), who)));
  await ended(api, index, 'Approved');
  await until('the authorisation', async () => (await api.query.system.authorizedUpgrade()).isSome);
});

test('all of it is migrated, over several blocks, while blocks and finality go on', async (t) => {
  const { block } = await submit(api, api.tx.system.applyAuthorizedUpgrade(toHex(code)), bob);
  seen.number = (await api.rpc.chain.getHeader(block)).number.toNumber();
  seen.state = await stateAt(await hashAt(node, seen.number - 1));
  assert.equal(seen.state.tasks.length, REQUESTERS.length * TASKS);
  assert.ok(seen.state.credits.every(({ credit }) => BigInt(credit) >= 1_000_000_000n));

  const migrated = async (number) => (await events(api, number, number)).some(({ section, name }) => section === 'migrations' && name === 'UpgradeCompleted');
  const finality = watchFinality(node);
  for (let next = seen.number + 1; !seen.last; ) {
    for (const best = await node.best(); next <= best && !seen.last; next++) if (await migrated(next)) seen.last = next;
    assert.ok(next < seen.number + 4 * CREDITS, 'the migration takes too many blocks');
    await new Promise((wake) => setTimeout(wake, 50));
  }
  const blocks = seen.last - seen.number;
  await isFinal(node, seen.last + 5);
  const longestUnfinal = await finality();
  const times = [];
  for (let number = seen.number - 5; number <= seen.last + 5; number++) times.push(await timeOf(node, number));
  const gap = Math.max(...times.slice(1).map((time, at) => time - times[at]));
  t.diagnostic(`${seen.state.tasks.length} tasks and ${CREDITS} accounts in ${blocks} blocks; longest time between blocks ${gap} ms, without finality ${longestUnfinal} ms`);
  assert.ok(blocks >= CREDITS / 2, `${blocks} blocks`);
  assert.ok(gap <= LONGEST_GAP, `${gap} ms between two blocks`);
  assert.ok(longestUnfinal <= LONGEST_GAP, `${longestUnfinal} ms without a new final block`);
});

test('every task and every account has what it had, under new keys', async () => {
  const now = await stateAt(await hashAt(node, seen.last));
  // The time that nobody could call doesn't count: it began with the first block after the enactment.
  const later = seen.last - seen.number - 1;
  const expected = { ...seen.state, tasks: seen.state.tasks.map((each) => ({ ...each, deadline: each.deadline + later })) };
  assert.deepEqual(now, expected);
  // Of the old keys nothing is left.
  for (const [query, length, count] of [['tasks', 16 + 8, REQUESTERS.length * TASKS], ['workCredits', 8 + 32, CREDITS]]) {
    const prefix = api.query.pouw[query].keyPrefix();
    const keys = await node.rpc('state_getKeysPaged', prefix, 1_000, null, await hashAt(node, seen.last));
    assert.deepEqual(keys.map((key) => (key.length - prefix.length) / 2), Array(count).fill(length), query);
  }
});

test('what is migrated can be worked with', async () => {
  await until('the new call', () => api.tx.pouw.touchTask !== undefined);
  const mine = api.registry.createType('AccountId', alice.publicKey).toString();
  const tasks = seen.state.tasks.filter(({ requester }) => requester === mine);
  const { id } = tasks.at(-1);
  await submit(api, api.tx.pouw.touchTask(id), alice);
  await submit(api, api.tx.utility.batchAll(tasks.slice(0, 20).map((each) => api.tx.pouw.cancelTask(each.id))), alice);
  assert.equal((await stateAt(await hashAt(node, await node.best()))).tasks.length, seen.state.tasks.length - 20);
});
