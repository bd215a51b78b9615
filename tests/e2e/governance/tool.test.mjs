// scripts/upgrade against a node: what it finds of a runtime, what it refuses, and the whole way through a referendum.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { blake2AsHex } from '@polkadot/util-crypto';
import { apiOptions, refusal, runtimeOf, SignedForOtherRuntime, submit } from '@bcai/sdk';
import { ApiPromise, WsProvider } from '@polkadot/api';
import { account, endWithTests, Node, until } from '../support/node.mjs';
import { origin, propose, ROOT } from '../support/referenda.mjs';
import { bomb, doctored } from '../support/runtimes.mjs';

const { alice, bob } = account;
const TOOL = fileURLToPath(new URL('../../../scripts/upgrade', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'bcai-tool-'));
let [node, api, next, old] = [];

before(async () => {
  assert.ok(process.env.BCAI_NEXT_RUNTIME, 'BCAI_NEXT_RUNTIME must name the next runtime: scripts/support/rebuilt-runtime next');
  next = readFileSync(process.env.BCAI_NEXT_RUNTIME);
  node = await Node.start('dev');
  api = node.api;
});
after(async () => {
  await old?.disconnect();
  await node?.remove();
  rmSync(folder, { recursive: true, force: true });
});

/** Runs the tool on a runtime, from the folder that has it: { status, said, found }. `heard` gets what it says, and its process. */
function upgrade(code, options, { url = node.url, heard } = {}) {
  writeFileSync(join(folder, 'runtime.wasm'), code);
  return new Promise((resolve) => {
    const child = execFile(TOOL, ['runtime.wasm', '--json', `--url=${url}`, ...options], { cwd: folder, maxBuffer: 1 << 26, timeout: 300_000 }, (error, stdout, said) => {
      resolve({ status: error?.code ?? 0, said, found: stdout === '' ? undefined : JSON.parse(stdout.trim().split('\n').at(-1)) });
    });
    endWithTests(child);
    if (heard) child.stderr.on('data', (text) => heard(`${text}`, child));
  });
}
const lastLine = ({ said }) => said.trim().split('\n').at(-1);

/** A way to the node that can be cut: connections end, and new ones come through. */
async function relay() {
  const open = new Set();
  const server = createServer((near) => {
    const far = connect(node.port, '127.0.0.1');
    for (const socket of [near, far]) {
      open.add(socket);
      socket.on('error', () => undefined).on('close', () => [near, far].forEach((each) => open.delete(each.destroy())));
    }
    // A node answers only those who call it by its own name.
    near.once('data', (request) => {
      far.write(`${request}`.replace(`:${near.localPort}`, `:${node.port}`));
      near.pipe(far).pipe(near);
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const cut = () => open.forEach((socket) => socket.destroy());
  return { url: `ws://127.0.0.1:${server.address().port}`, cut, close: () => { server.close(); cut(); } };
}

const running = async () => Buffer.from((await node.rpc('state_getStorage', '0x3a636f6465')).slice(2), 'hex');

test('what the next runtime changes is told, and that it can be', async () => {
  const { status, said, found } = await upgrade(next, []);
  assert.equal(status, 0, said);
  assert.equal(found.hash, blake2AsHex(next));
  assert.doesNotMatch(said, /setup:/, 'a runtime that is there needs no compiler');
  assert.deepEqual(found.changes.filter((each) => each.includes('Pouw')).sort(), [
    '! Pouw: constant MaxIdleSteps: 64 -> 65',
    '! Pouw: storage Tasks: map by Twox64Concat -> map by Blake2_128Concat',
    '! Pouw: storage WorkCredits: map by Blake2_128Concat -> map by Twox64Concat',
    '+ Pouw: call touch_task',
  ]);
  assert.deepEqual(found.versions, [['Pouw', 3, 4]]);
  // There is no credit to migrate yet, so that one block does.
  const { blocks, goesOn, checked } = found.migration;
  assert.deepEqual({ blocks, goesOn, checked }, { blocks: 1, goesOn: false, checked: false });
  assert.equal(found.then.specVersion, found.now.specVersion + 1);
  // Nothing of it stays.
  assert.equal((await node.rpc('state_getRuntimeVersion')).specVersion, found.now.specVersion);
});

test('what can be no upgrade is refused with the reason', async () => {
  for (const [code, wrong] of [
    [await running(), /its version is (\d+), which must be above the chain's \1$/],
    [next.subarray(0, next.length / 2), /^the code is no runtime: /],
    [Buffer.from('hello'), /^the code is no runtime: /],
    [bomb(64), /^the code is no runtime: .*PossibleBomb/],
    [Buffer.concat([next, Buffer.alloc(4 << 20)]), /bytes, and a block takes \d+ at most: compress it$/],
    [doctored(next, { name: 'bcax' }), /^its name is bcax, the chain's is bcai$/],
  ]) {
    const { status, said, found } = await upgrade(code, []);
    assert.equal(status, 1, said);
    assert.ok(found.wrong.some((each) => wrong.test(each)), `${found.wrong}`);
    assert.ok(found.wrong.every((each) => !each.includes('\n')), `${found.wrong}`);
  }
});

test('a voter is told what a referendum does, and whether it is this runtime', async () => {
  const { system, utility, whitelist, balances } = api.tx;
  const right = system.authorizeUpgrade(blake2AsHex(next));
  const other = system.authorizeUpgrade(`0x${'66'.repeat(32)}`);
  for (const [status, last, from, call] of [
    [0, /^AGREES       the referendum upgrades to this very runtime, and it runs on the chain$/, ROOT, right],
    [1, /^DIFFERS .* they are not the same runtime$/, ROOT, utility.batchAll([other, right])],
    [1, /^DIFFERS .* as Origins.TreasurySmall is refused: only root sets code$/, origin('TreasurySmall'), right],
    [1, /^UNKNOWN      the committee has not whitelisted the call 0x[0-9a-f]{64}, without which nothing of it happens$/, origin('WhitelistedCaller'), whitelist.dispatchWhitelistedCallWithPreimage(right)],
    [0, /^NO UPGRADE   nothing in the call above sets code$/, ROOT, balances.forceSetBalance(alice.address, 1)],
  ]) {
    const told = await upgrade(next, [`--verify=${await propose(api, from, call, alice)}`]);
    assert.match(lastLine(told), last);
    assert.equal(told.status, status);
    assert.equal(told.found.verdict, lastLine(told).split('  ')[0]);
    assert.ok(told.said.includes(`call         ${call.method.section}.${call.method.method}(`), told.said);
    // Bytes are hex: these are those of "ffff".
    assert.equal(told.said.includes('66'.repeat(32)), told.found.reason.includes('66'.repeat(32)));
  }
  const unknown = await upgrade(next, ['--verify', '999']);
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

/** A client that isn't told of new runtimes, as over HTTP. */
async function untold() {
  const provider = new WsProvider(node.url);
  const { subscribe } = provider;
  provider.subscribe = (type, method, ...more) => (method === 'state_subscribeRuntimeVersion' ? Promise.resolve('none') : subscribe.call(provider, type, method, ...more));
  return ApiPromise.create({ provider, ...apiOptions });
}

test('the whole way, stopped once and resumed, over a connection that is lost: proposed, voted, authorised, applied', async () => {
  old = await untold();
  const signed = { runtime: runtimeOf(api), call: (await api.tx.system.remark('0x01').signAsync(bob, { era: 0 })).toHex() };
  const way = await relay();
  try {
    const stopped = await upgrade(next, ['--propose', '--signer=//Alice'], { url: way.url, heard: (text, child) => text.includes('decision deposit placed') && child.kill() });
    assert.match(stopped.said, /decision deposit placed/);
    const [, index] = stopped.said.match(/referendum (\d+) submitted/);

    writeFileSync(join(folder, 'secret'), '//Bob\n');
    const voters = ['@secret', '//Charlie', '//Dave', '//Eve', '//Ferdie'].map((each) => `--voter=${each}`);
    const heard = (text) => text.includes('being confirmed') && way.cut();
    const { status, said, found } = await upgrade(next, [`--resume=${index}`, '--signer=//Alice', ...voters], { url: way.url, heard });
    assert.equal(status, 0, said);
    for (const step of [/voted aye/, /being decided/, /being confirmed/, /no connection to the node/, /passed/, /authorised/, /applied/]) assert.match(said, step);
    assert.doesNotMatch(said, /decision deposit/, 'it is paid already');
    await until('the new runtime', async () => (await node.rpc('state_getRuntimeVersion')).specVersion === found.then.specVersion);
    assert.equal(blake2AsHex(await running()), found.hash);
    await submit(api, api.tx.system.remark('0x00'), alice);

    // What was signed before, and by who doesn't know: the node can't tell why, the sdk does.
    const { specVersion } = found.then;
    const isTold = (error) => {
      assert.ok(error instanceof SignedForOtherRuntime, error.message);
      assert.match(error.message, new RegExp(`signed for bcai ${specVersion - 1} .*the node runs bcai ${specVersion} .*sign it again`));
      assert.equal(error.cause.code, 1010);
      return true;
    };
    await assert.rejects(api.rpc.author.submitExtrinsic(signed.call).catch(async (error) => {
      throw await refusal(api, error, signed.runtime);
    }), isTold);
    await assert.rejects(submit(old, old.tx.system.remark('0x02'), bob), isTold);
    // A refusal that has another reason keeps it.
    await assert.rejects(submit(api, api.tx.system.remark('0x03'), bob, { nonce: 0, tip: 10n ** 30n }), (error) => error.code === 1010 && !(error instanceof SignedForOtherRuntime));

    const ended = await upgrade(next, [`--verify=${index}`]);
    assert.equal(ended.status, 1);
    assert.match(lastLine(ended), /^UNKNOWN      it is approved, and the chain keeps no call of a referendum that has ended$/);
  } finally {
    way.close();
  }
});
