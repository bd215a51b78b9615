// Upgrades that go wrong on the chain, and the ways back. The next runtime's migrations do as they are told under a key of storage.

import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { CallError, fromHex, submit, toHex } from '@bcai/sdk';
import { blake2AsHex } from '@polkadot/util-crypto';
import { account, Node, rawSpec, until } from '../support/node.mjs';
import { aye, ended, happened, proposeWithDeposit, ROOT, UNIT, vote } from '../support/referenda.mjs';
import { bomb, doctored } from '../support/runtimes.mjs';

const { alice, bob, charlie, dave, eve, ferdie } = account;
const SWITCH = ':upgrade-test';
const hex = (text) => toHex(Buffer.from(text));
const folder = mkdtempSync(join(tmpdir(), 'bcai-bad-upgrade-'));
let [spec, next] = [];

before(async () => {
  assert.ok(process.env.BCAI_NEXT_RUNTIME, 'BCAI_NEXT_RUNTIME must name the next runtime: scripts/support/rebuilt-runtime next');
  next = readFileSync(process.env.BCAI_NEXT_RUNTIME);
  spec = await rawSpec(folder, 'dev');
});
after(() => rmSync(folder, { recursive: true, force: true }));

const start = () => Node.run(`--chain=${spec}`, '--alice', '--validator', '--force-authoring');
const give = (api) => api.tx.balances.transferKeepAlive(ferdie.address, UNIT);

/** Has token holders make a call as root. */
async function carry(api, call) {
  const from = (await api.rpc.chain.getHeader()).number.toNumber();
  const index = await proposeWithDeposit(api, ROOT, call, alice);
  await Promise.all([bob, charlie, dave, eve, ferdie].map((who) => vote(api, index, aye(900_000n * UNIT, 'None'), who)));
  await ended(api, index, 'Approved');
  await happened(api, 'scheduler', 'Dispatched', from, ({ id }) => id !== undefined);
  await until('the referendum to have done its work', async () => (await api.query.referenda.referendumInfoFor(index)).unwrap().isApproved);
}

/** Authorises a runtime, with its migrations told what to do. */
const authorize = (api, code, told) =>
  carry(api, api.tx.utility.batchAll([api.tx.system.setStorage([[hex(SWITCH), hex(told)]]), api.tx.system.authorizeUpgrade(blake2AsHex(code))]));

const authorized = (api, code) => until('the authorisation', async () => (await api.query.system.authorizedUpgrade()).unwrapOr(undefined)?.codeHash.toHex() === blake2AsHex(code));

test('an authorised runtime that is no upgrade is refused whatever is wrong with it, and its authorisation is gone', async () => {
  const node = await start();
  try {
    const { api } = node;
    const running = fromHex(await node.rpc('state_getStorage', '0x3a636f6465'));
    const { specVersion } = await node.rpc('state_getRuntimeVersion');
    for (const [code, wrong] of [
      [running, /SpecVersionNeedsToIncrease/],
      [doctored(running, { version: specVersion - 1 }), /SpecVersionNeedsToIncrease/],
      [doctored(next, { name: 'bcax' }), /InvalidSpecName/],
      [next.subarray(0, next.length / 2), /FailedToExtractRuntimeVersion/],
      [bomb(64), /FailedToExtractRuntimeVersion/],
    ]) {
      await carry(api, api.tx.system.authorizeUpgrade(blake2AsHex(code)));
      await authorized(api, code);
      await assert.rejects(submit(api, api.tx.system.applyAuthorizedUpgrade(toHex(code)), bob), wrong);
      assert.ok((await api.query.system.authorizedUpgrade()).isNone);
      // Somebody else's file, under nobody's authorisation.
      await assert.rejects(submit(api, api.tx.system.applyAuthorizedUpgrade(toHex(code)), bob), /NothingAuthorized/);
    }
    assert.equal((await node.rpc('state_getRuntimeVersion')).specVersion, specVersion);
    await submit(api, give(api), bob);
  } finally {
    await node.remove();
  }
});

test('after a migration of several blocks that fails, token holders take the chain out of the safe mode', async () => {
  const node = await start();
  try {
    const { api } = node;
    await authorize(api, next, 'fail');
    await authorized(api, next);
    await submit(api, api.tx.system.applyAuthorizedUpgrade(toHex(next)), bob);
    await until('the safe mode', async () => (await api.query.safeMode.enteredUntil()).isSome);
    await assert.rejects(submit(api, give(api), bob), (error) => error instanceof CallError && /CallFiltered/.test(error.message));
    await carry(api, api.tx.safeMode.forceExit());
    await until('the end of the safe mode', async () => (await api.query.safeMode.enteredUntil()).isNone);
    await submit(api, give(api), bob);
  } finally {
    await node.remove();
  }
});

test('a chain that a panicking migration has stopped goes on with a substitute of its code', async () => {
  const node = await start();
  try {
    const { api } = node;
    await authorize(api, next, 'panic');
    await authorized(api, next);
    const { block } = await submit(api, api.tx.system.applyAuthorizedUpgrade(toHex(next)), bob);
    const number = (await api.rpc.chain.getHeader(block)).number.toNumber();
    await until('the node to say why it makes no block', () => /this migration was told to panic/.test(node.logged()));
    assert.equal(await node.best(), number);
    await node.stop();

    // The same version of the runtime, mended: it doesn't find what told it to panic.
    const mended = Buffer.from(next);
    for (let at = mended.indexOf(SWITCH); at >= 0; at = mended.indexOf(SWITCH, at + 1)) mended.write(SWITCH.toUpperCase(), at);
    const raw = JSON.parse(readFileSync(spec, 'utf8'));
    writeFileSync(spec, JSON.stringify({ ...raw, codeSubstitutes: { [number]: toHex(mended) } }));
    await node.restart();
    await until('blocks', async () => (await node.best()) > number + 3);
    await submit(node.api, give(node.api), bob);
  } finally {
    await node.remove();
  }
});
