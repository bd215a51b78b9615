// scripts/upgrade against a node: what it finds of a runtime, what it refuses, and the whole way through a referendum.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { blake2AsHex } from '@polkadot/util-crypto';
import { submit } from '@bcai/sdk';
import { account, endWithTests, Node, until } from '../support/node.mjs';
import { propose, ROOT } from '../support/referenda.mjs';

const { alice } = account;
const TOOL = fileURLToPath(new URL('../../../sdk/upgrade/main.mjs', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'bcai-tool-'));
let [node, api, next] = [];

before(async () => {
  assert.ok(process.env.BCAI_NEXT_RUNTIME, 'BCAI_NEXT_RUNTIME must name the next runtime: scripts/support/rebuilt-runtime next');
  next = readFileSync(process.env.BCAI_NEXT_RUNTIME);
  node = await Node.start('dev');
  api = node.api;
});
after(async () => {
  await node?.remove();
  rmSync(folder, { recursive: true, force: true });
});

/** Runs the tool on a runtime: { status, said, found }. */
function upgrade(code, ...options) {
  const file = join(folder, 'runtime.wasm');
  writeFileSync(file, code);
  return new Promise((resolve) => {
    const arguments_ = [TOOL, file, '--json', `--url=${node.url}`, ...options];
    endWithTests(execFile(process.execPath, arguments_, { maxBuffer: 1 << 26, timeout: 300_000 }, (error, stdout, said) => {
      resolve({ status: error?.code ?? 0, said, found: stdout === '' ? undefined : JSON.parse(stdout.trim().split('\n').at(-1)) });
    }));
  });
}

/** zstd of `megabytes` of zeros, by hand: one frame of blocks that each repeat a byte, as the SDK marks compressed code. */
function bomb(megabytes) {
  const block = (last) => [(1 << 20) | 2 | last, 0].flatMap((each, at) => (at === 0 ? [each & 255, (each >> 8) & 255, (each >> 16) & 255] : [each]));
  const blocks = Array.from({ length: megabytes * 8 }, (_, at) => block(at === megabytes * 8 - 1 ? 1 : 0)).flat();
  return Buffer.from([0x52, 0xbc, 0x53, 0x76, 0x46, 0xdb, 0x8e, 0x05, 0x28, 0xb5, 0x2f, 0xfd, 0x00, 0x50, ...blocks]);
}

const running = async () => Buffer.from((await node.rpc('state_getStorage', '0x3a636f6465')).slice(2), 'hex');

test('what the next runtime changes is told, and that it can be', async () => {
  const { status, said, found } = await upgrade(next);
  assert.equal(status, 0, said);
  assert.equal(found.hash, blake2AsHex(next));
  assert.deepEqual(found.changes.filter((each) => each.includes('Pouw')).sort(), [
    '! Pouw: constant MaxIdleSteps changed',
    '! Pouw: storage Tasks changed',
    '! Pouw: storage WorkCredits changed',
    '+ Pouw: call touch_task',
  ]);
  assert.deepEqual(found.versions, [['Pouw', 3, 4]]);
  assert.equal(found.migration.goesOn, true);
  assert.equal(found.then.specVersion, found.now.specVersion + 1);
  // Nothing of it stays.
  assert.equal((await node.rpc('state_getRuntimeVersion')).specVersion, found.now.specVersion);
});

test('what can be no upgrade is refused with the reason', async () => {
  const named = Buffer.from(next);
  for (let at = named.indexOf('\x10bcai'); at >= 0; at = named.indexOf('\x10bcai', at + 1)) named.write('\x10bcax', at);
  for (const [code, wrong] of [
    [await running(), /its version is (\d+), which must be above the chain's \1$/],
    [next.subarray(0, next.length / 2), /^the code is no runtime: /],
    [Buffer.from('hello'), /^the code is no runtime: /],
    [bomb(64), /^the code is no runtime: /],
    [Buffer.concat([next, Buffer.alloc(4 << 20)]), /bytes, and a block takes \d+ at most: compress it$/],
    [named, /^its name is bcax, the chain's is bcai$/],
  ]) {
    const { status, said, found } = await upgrade(code);
    assert.equal(status, 1, said);
    assert.ok(found.wrong.some((each) => wrong.test(each)), `${found.wrong}`);
    assert.ok(found.wrong.every((each) => !each.includes('\n')), `${found.wrong}`);
  }
});

test('a voter is told what a referendum does, and whether it is this runtime', async () => {
  const right = await propose(api, ROOT, api.tx.system.authorizeUpgrade(blake2AsHex(next)), alice);
  const other = await propose(api, ROOT, api.tx.system.authorizeUpgrade(`0x${'12'.repeat(32)}`), alice);
  const none = await propose(api, ROOT, api.tx.balances.forceSetBalance(alice.address, 1), alice);
  const agrees = await upgrade(next, `--verify=${right}`);
  assert.equal(agrees.status, 0, agrees.said);
  assert.match(agrees.said, /AGREES/);
  const differs = await upgrade(next, `--verify=${other}`);
  assert.equal(differs.status, 1, differs.said);
  assert.match(differs.said, /they are not the same runtime/);
  const call = await upgrade(next, `--verify=${none}`);
  assert.match(call.said, /balances\.forceSetBalance/);
  const unknown = await upgrade(next, '--verify=999');
  assert.equal(unknown.status, 2);
  assert.match(unknown.said, /there is no referendum 999/);
});

test('nobody without the right to run code has it run', async () => {
  await assert.rejects(node.rpc('upgrade_dryRun', '0x00'), { code: 10501 });
  const safe = await Node.start('dev', '--rpc-methods=safe');
  try {
    await assert.rejects(safe.rpc('upgrade_dryRun', '0x00'), { code: -32601 });
  } finally {
    await safe.remove();
  }
});

test('the whole way: proposed, voted, authorised, applied', async () => {
  const voters = ['//Bob', '//Charlie', '//Dave', '//Eve', '//Ferdie'].map((each) => `--voter=${each}`);
  const { status, said, found } = await upgrade(next, '--propose', '--signer=//Alice', ...voters);
  assert.equal(status, 0, said);
  for (const step of [/referendum \d+ submitted/, /decision deposit placed/, /being decided/, /being confirmed/, /passed/, /authorised/, /applied/]) assert.match(said, step);
  await until('the new runtime', async () => (await node.rpc('state_getRuntimeVersion')).specVersion === found.then.specVersion);
  assert.equal(blake2AsHex(await running()), found.hash);
  await submit(api, api.tx.system.remark('0x00'), alice);
});
