// scripts/set-keys: announces session keys of its own account alone, and says whether they do anything.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { account, freePort, Node, until } from '../support/node.mjs';

const folder = mkdtempSync(join(tmpdir(), 'bcai-set-keys-'));
let node;

before(async () => {
  node = await Node.start('dev');
  await until('a block', async () => (await node.best()) >= 1);
  for (const name of ['alice', 'bob']) writeFileSync(join(folder, name), `//${name[0].toUpperCase()}${name.slice(1)}\n`);
  writeFileSync(join(folder, 'none'), 'this is no secret\n');
});
after(async () => {
  await node?.remove();
  rmSync(folder, { recursive: true, force: true });
});

function setKeys(...parameters) {
  const file = fileURLToPath(new URL('../../../scripts/set-keys', import.meta.url));
  return new Promise((resolve) => {
    execFile(file, parameters, (error, stdout, stderr) => resolve({ status: error?.code ?? 0, stdout, stderr }));
  });
}

async function refused(parameters, cause) {
  const { status, stdout, stderr } = await setKeys(...parameters);
  assert.ok(status > 0, stdout);
  assert.match(stderr, cause);
  assert.equal(stderr.trim().split('\n').filter((line) => line.startsWith('set-keys: ')).length, 1, stderr);
}

const of = (name) => ['--secret', join(folder, name), '--rpc', node.url];
/** New session keys of the node, with a proof for this account. */
const rotated = (name) => node.rpc('author_rotateKeysWithOwner', `0x${Buffer.from(account[name].publicKey).toString('hex')}`);

test('a validator is told from which session on its keys count', async () => {
  const { keys, proof } = await rotated('alice');
  const { status, stdout, stderr } = await setKeys(...of('alice'), keys, proof);
  assert.equal(status, 0, stderr);
  const now = (await node.api.query.session.currentIndex()).toNumber();
  const [, session, seconds] = stdout.match(/^bh\w+ has these session keys since block \d+\nthey count from session (\d+) on, in about (\d+) seconds; the old ones until then\n$/);
  assert.equal(Number(session), now + 2);
  // What is left of this session, and all of the next.
  assert.ok(seconds > 300 && seconds <= 600, seconds);
  assert.equal((await node.api.query.session.nextKeys(account.alice.address)).unwrap().toHex(), keys);
});

test('whoever is no validator is told that the keys do nothing', async () => {
  const { keys, proof } = await rotated('bob');
  const { status, stdout, stderr } = await setKeys(...of('bob'), keys, proof);
  assert.equal(status, 0, stderr);
  assert.match(stdout, /but the account is none of the chain's 1 validators, so they do nothing yet\n$/);
});

test('a proof for another account is refused by the chain', async () => {
  const { keys, proof } = await rotated('alice');
  await refused([...of('bob'), keys, proof], /^set-keys: session\.InvalidProof/m);
});

test('what is missing or wrong is named', async () => {
  await refused(['0x00', '0x00'], /--secret is missing/);
  await refused(['--secret', join(folder, 'absent'), '0x00', '0x00'], /there is no file .*absent/);
  await refused([...of('none'), '0x00', '0x00'], /none holds no secret phrase, seed or URI/);
  await refused([...of('alice'), '0x00', '0x00'], /KEYS are none of this chain, whose session keys are 64 bytes, not 1/);
  await refused([...of('alice')], /KEYS and PROOF are missing/);
  await refused([...of('alice'), 'keys', '0x00'], /KEYS must be 0x and hex digits, not 'keys'/);
  await refused([...of('alice'), '--quickly', '0x00', '0x00'], /unknown option --quickly/);
  const port = await freePort();
  await refused(['--secret', join(folder, 'alice'), '--rpc', `ws://127.0.0.1:${port}`, '0x00', '0x00'], new RegExp(`no node answers at ws://127\\.0\\.0\\.1:${port}`));
  assert.match((await setKeys('--help')).stdout, /^Usage: scripts\/set-keys /);
});
