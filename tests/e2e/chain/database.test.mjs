// A database that doesn't fit the chain spec or the flags is refused in one line; a stop is no failure.

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { command, freePort, Node, rawSpec, succeed, until } from '../support/node.mjs';

const folder = mkdtempSync(join(tmpdir(), 'bcai-database-'));
let spec;
let node;

before(async () => {
  spec = await rawSpec(folder, 'dev');
  node = await Node.start(spec, '--blocks-pruning=5', '--state-pruning=3');
});
after(async () => {
  await node?.remove();
  rmSync(folder, { recursive: true, force: true });
});

/** What the node says at its end when it is started with the database that is there. */
async function refused(...options) {
  const { status, stderr } = await command([`--chain=${spec}`, '--alice', '--validator', `--base-path=${node.data}`, '--unsafe-force-node-key-generation', `--rpc-port=${await freePort()}`, ...options]);
  assert.equal(status, 1, stderr);
  const said = stderr.split('\n').filter((line) => line.startsWith('error: '));
  assert.equal(said.length, 1, stderr);
  assert.doesNotMatch(stderr, /Essential task|panicked/);
  return said[0];
}

test('what is pruned is told as that, with the way out, and not as null', async () => {
  await until('blocks', async () => (await node.finalized()) >= 12);
  // Block 1 has a proof of finality, with which warp sync is served: it stays.
  const [genesis, old, best] = await Promise.all([0, 2, null].map((number) => node.rpc('chain_getBlockHash', ...(number === null ? [] : [number]))));
  for (const [method, ...parameters] of [['state_getStorage', '0x3a636f6465', old], ['state_getRuntimeVersion', old], ['state_getMetadata', genesis], ['pouw_task', 0, old], ['payment_queryInfo', '0x00', old]]) {
    await assert.rejects(node.rpc(method, ...parameters), { code: 10901, message: new RegExp(`State already discarded for ${parameters.at(-1)}: pruned; ask an archive node$`) }, method);
  }
  await assert.rejects(node.rpc('chain_getBlock', old), { code: 10901, message: new RegExp(`Block ${old} is pruned; ask an archive node$`) });
  assert.equal((await node.rpc('chain_getHeader', old)).number, '0x2');
  assert.equal(await node.rpc('chain_getBlock', `0x${'12'.repeat(32)}`), null);
  assert.equal((await node.rpc('chain_getBlock', best)).justifications, null);
  assert.ok((await node.rpc('chain_getBlock')).block.extrinsics.length >= 1);
});

test('a clean stop shows no failed task, and at most two lines a block', async () => {
  await until('blocks', async () => (await node.finalized()) >= 12);
  assert.equal(await node.stop(), 0);
  const log = node.logged();
  assert.doesNotMatch(log, /Essential task|panicked/);
  assert.doesNotMatch(log, /Starting consensus session|Prepared block/);
  assert.match(log, /Imported #12 /);
});

test('pruning flags that the database cannot follow are named with what it was kept with', async () => {
  assert.match(await refused('--state-pruning=archive', '--blocks-pruning=5'), /--state-pruning archive doesn't fit .*purge-chain/);
  assert.match(await refused(), /--blocks-pruning archive-canonical doesn't fit .* kept with --blocks-pruning 5/);
  assert.match(await refused('--blocks-pruning=archive'), /--blocks-pruning archive doesn't fit .* kept with --blocks-pruning 5/);
  assert.match(await refused('--state-pruning=0'), /--state-pruning 0 leaves no state/);
});

test('another number of blocks is taken, and said', async () => {
  node.options = [...node.options.filter((option) => !option.includes('pruning')), '--blocks-pruning=9'];
  await node.restart();
  const log = node.logged();
  assert.match(log, /kept with --blocks-pruning 5, and is with --blocks-pruning 9 from now on/);
  assert.match(log, /kept with --state-pruning 3, and is with --state-pruning 256 from now on/);
  assert.equal(await node.stop(), 0);
});

test('commands open the database whatever it was kept with, and end without failed tasks', async () => {
  const info = JSON.parse(await succeed('chain-info', `--chain=${spec}`, `--base-path=${node.data}`));
  assert.ok(info.finalized_number >= 12);
  for (const parameters of [['check-block', `${info.best_number}`], ['revert', '1'], ['export-blocks', `--from=${info.best_number - 1}`, `--to=${info.best_number - 1}`, join(folder, 'blocks')]]) {
    const [name, ...rest] = parameters;
    const { status, stderr } = await command([name, `--chain=${spec}`, `--base-path=${node.data}`, ...rest]);
    assert.equal(status, 0, stderr);
    assert.doesNotMatch(stderr, /Essential task/, name);
  }
});

test('a database of another genesis is refused with both, by the node and by its commands', async () => {
  const plain = join(folder, 'plain.json');
  writeFileSync(plain, (await succeed('export-chain-spec', '--chain=dev')).replace('"pouw.ChallengeWindow": 30', '"pouw.ChallengeWindow": 31'));
  const database = `--base-path=${node.data}`;
  const own = JSON.parse(await succeed('chain-info', `--chain=${spec}`, database)).genesis_hash;
  const other = JSON.parse(await succeed('chain-info', `--chain=${plain}`, `--base-path=${join(folder, 'empty')}`));
  assert.equal(other.best_number, 0);
  const cause = new RegExp(`^error: the database in .* its genesis is ${own}, and that of this chain spec is 0x[0-9a-f]{64}; .*purge-chain`);
  for (const parameters of [
    ['--alice', '--validator', '--unsafe-force-node-key-generation', `--rpc-port=${await freePort()}`], ['chain-info'], ['check-block', '1'], ['export-blocks', join(folder, 'blocks')], ['revert', '1'],
  ]) {
    const [first, ...rest] = parameters;
    const { status, stderr } = await command([first, `--chain=${plain}`, database, ...rest]);
    assert.equal(status, 1, first);
    const said = stderr.split('\n').find((line) => line.startsWith('error: '));
    assert.match(said, cause, first);
    assert.doesNotMatch(stderr, /Essential task/, first);
  }
  // The way out.
  assert.equal((await command(['purge-chain', '-y', `--chain=${plain}`, database])).status, 0);
  await succeed('chain-info', `--chain=${plain}`, database);
});

test('a database with blocks syncs in full where warp sync is asked for, and says so', async () => {
  const full = await Node.start(spec);
  try {
    await until('finality', async () => (await full.finalized()) >= 2);
    await full.stop();
    full.options.push('--sync=warp');
    await full.restart();
    const log = full.logged();
    assert.match(log, /--sync warp is for an empty database, and this one has the chain up to block \d+: syncing in full/);
    assert.doesNotMatch(log, /Warp sync failed|Can't use warp sync/);
  } finally {
    await full.remove();
  }
});
