// Dry runs of migrations that go wrong in every way that they can, and the checks of try-runtime, in a runtime that has them.
// BCAI_NEXT_RUNTIME and BCAI_CHECKED_RUNTIME name the next runtime, without and with them: scripts/support/rebuilt-runtime next, next-checked.

import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { postTask, toHex } from '@bcai/sdk';
import { check, told } from '../../../sdk/upgrade/check.mjs';
import { matrices } from '../support/matrices.mjs';
import { account, Node, rawSpec } from '../support/node.mjs';
import { UNIT } from '../support/referenda.mjs';

const folder = mkdtempSync(join(tmpdir(), 'bcai-dry-run-'));
let [spec, next, twin] = [];

before(async () => {
  for (const name of ['BCAI_NEXT_RUNTIME', 'BCAI_CHECKED_RUNTIME']) assert.ok(process.env[name], `${name} is missing`);
  next = readFileSync(process.env.BCAI_NEXT_RUNTIME);
  twin = readFileSync(process.env.BCAI_CHECKED_RUNTIME);
  spec = JSON.parse(readFileSync(await rawSpec(folder, 'dev')));
});
after(() => rmSync(folder, { recursive: true, force: true }));

/** A chain with a task on it, whose storage tells the next runtime's migrations what to do. */
async function on(behaviour, then) {
  const file = join(folder, 'spec.json');
  const { top, ...raw } = spec.genesis.raw;
  const told = behaviour === undefined ? {} : { [toHex(Buffer.from(':upgrade-test'))]: toHex(Buffer.from(behaviour)) };
  writeFileSync(file, JSON.stringify({ ...spec, genesis: { raw: { ...raw, top: { ...top, ...told } } } }));
  const node = await Node.start(file);
  try {
    const deadline = (await node.best()) + 600;
    await postTask(node.api, node.rpc, account.alice, { paramSet: 0, ...matrices(16, 16, 1), bounty: 20n * UNIT, deadline });
    await then(node);
  } finally {
    await node.remove();
  }
}

test('a sound migration passes, with the checks of try-runtime as well', () => on(undefined, async ({ api, rpc }) => {
  const found = await check(api, rpc, next, twin);
  assert.deepEqual(found.wrong, []);
  assert.equal(found.migration.checked, true);
  assert.ok(told(found).some((line) => line.includes("with try-runtime's checks")));
  // A twin that isn't one.
  const unchecked = await check(api, rpc, next, next);
  assert.match(unchecked.wrong[0], /was built without/);
}));

for (const [behaviour, wrong] of [
  ['panic', /^its first blocks fail: .*(panic|unreachable|trap)/i],
  ['panic in a step', /^its first blocks fail: .*(panic|unreachable|trap)/i],
  ['fail', /^its first blocks fail: a migration of several blocks failed: the chain would go on in the safe mode$/],
]) {
  test(`a migration that is told to '${behaviour}' is refused`, () => on(behaviour, async ({ api, rpc }) => {
    const { wrong: [first] } = await check(api, rpc, next);
    assert.match(first, wrong);
  }));
}

test('a migration that loses a task is seen by the checks alone', () => on('lose', async ({ api, rpc }) => {
  assert.deepEqual((await check(api, rpc, next)).wrong, []);
  assert.match((await check(api, rpc, next, twin)).wrong[0], /^with try-runtime's checks it fails: /);
}));

test('a runtime whose version never ends takes one thread, and no second one', () => on(undefined, async (node) => {
  // A module of one function, (func (export "Core_version") (loop (br 0))), with the memory and the global that the executor asks for.
  const endless = Buffer.from(
    '0061736d0100000001070160027f7f017e0302010005030100110607017f004180080b072703066d656d6f727902000b5f5f686561705f6261736503000c436f72655f76657273696f6e00000a0a01080003400c000b000b', 'hex',
  );
  const never = node.rpc('upgrade_dryRun', toHex(endless));
  never.catch(() => undefined);
  const busy = await node.rpc('upgrade_dryRun', toHex(next)).then(() => ({}), (error) => error);
  if (busy.code !== 10_503) {
    // The module was refused at once: then it says nothing about endless code.
    assert.fail(`the second dry run was answered: ${busy.message ?? 'as if it were alone'}`);
  }
  assert.ok((await node.best()) > 0);
}));
