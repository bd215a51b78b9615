// The console open in a browser while the chain upgrades to a runtime with other metadata, voted in on its own pages. BCAI_NEXT_RUNTIME names
// that runtime, from scripts/support/rebuilt-runtime.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { postTask } from '@bcai/sdk';
import { blake2AsHex } from '@polkadot/util-crypto';
import { Console } from '../support/browser.mjs';
import { matrices, uploadBoth } from '../support/matrices.mjs';
import { account, Node, until } from '../support/node.mjs';
import { aye, ended, happened, propose, proposeWithDeposit, ROOT, submit, UNIT, vote } from '../support/referenda.mjs';

const { alice, bob, charlie, dave, eve, ferdie } = account;
let [node, api, browser, code, overview, page] = [];

const number = async (locator) => Number((await locator.textContent()).replace(/[#,]/g, ''));
const choose = (label, option) => page.getByLabel(label, { exact: true }).selectOption(option);
const go = (path) => page.evaluate((hash) => { location.hash = hash; }, path);
/** Waits until the stages of a task or a referendum show this one. */
const stage = (status) => page.locator(`[data-testid="stages"][data-status="${status}"]`).waitFor();

/** Waits until a page has shown two more blocks than now, and two more final ones. */
async function goesOn() {
  for (const name of ['best', 'finalized']) {
    const shown = await number(overview.getByTestId(name));
    await until(`the page to show ${name} ${shown + 2}`, async () => (await number(overview.getByTestId(name))) >= shown + 2);
  }
}

/** A task that the node's miner finishes, followed on its page from before it is posted. */
async function followed(seed) {
  const inputs = matrices(64, 64, seed);
  await uploadBoth(node.rpc, inputs);
  const next = (await api.query.pouw.nextTaskId()).toNumber();
  await go(`/tasks/${next}`);
  await page.getByText('Nobody has posted this task yet.').waitFor();
  const { task } = await postTask(api, node.rpc, dave, { paramSet: 0, ...inputs, bounty: 20n * UNIT, deadline: (await node.best()) + 600 });
  assert.equal(task, next);
  await stage('finalized');
  await page.getByRole('listitem').filter({ hasText: 'Finalised in #' }).waitFor();
}

/** Votes with the page's own button, as Eve. */
async function votes(index) {
  await go(`/governance/${index}`);
  await page.getByRole('heading', { name: `Referendum ${index}` }).waitFor();
  await choose('Sign with', 'Eve (development key)');
  await page.getByLabel(/^Amount/).fill('900,000');
  await page.getByRole('button', { name: 'Vote aye' }).click();
  await page.getByTestId('own-vote').getByText(/^This account votes aye with 900,000 BCAI/).waitFor();
}

before(async () => {
  assert.ok(process.env.BCAI_NEXT_RUNTIME, 'BCAI_NEXT_RUNTIME must name the next runtime: scripts/support/rebuilt-runtime next');
  code = `0x${readFileSync(process.env.BCAI_NEXT_RUNTIME).toString('hex')}`;
  [node, browser] = await Promise.all([Node.start('dev', `--miner=${ferdie.address}`), Console.start()]);
  api = node.api;
  [overview, page] = await Promise.all([browser.open(node.url), browser.open(node.url, '/tasks')]);
  // Lost by a reload.
  for (const each of [overview, page]) await each.evaluate(() => { window.openedBefore = true; });
});
after(async () => {
  await browser?.close();
  await node?.remove();
});

test('before: the pages show blocks, a task and a vote', async () => {
  await overview.getByTestId('best').waitFor();
  await goesOn();
  await followed(700);
});

test('an upgrade is voted in on the page and applied, and the pages tell the new version', async () => {
  const { specName, specVersion } = await node.rpc('state_getRuntimeVersion');
  await overview.getByText(`${specName} ${specVersion}`, { exact: true }).waitFor();
  const index = await proposeWithDeposit(api, ROOT, api.tx.system.authorizeUpgrade(blake2AsHex(code)), alice);
  const from = await node.best();
  await Promise.all([bob, charlie, dave].map((who) => vote(api, index, aye(900_000n * UNIT), who)));
  await votes(index);
  await ended(api, index, 'Approved');
  await stage('executed');
  await happened(api, 'system', 'UpgradeAuthorized', from);
  await submit(api, api.tx.system.applyAuthorizedUpgrade(code), bob);
  await overview.getByText(`${specName} ${specVersion + 1}`, { exact: true }).waitFor();
  await until('the migrations to end', async () => (await node.rpc('state_call', 'UpgradeApi_is_migrating', '0x')) === '0x00');
});

test('after: the same pages go on, with a task, a vote and a call that only the new runtime has', async () => {
  await goesOn();
  await followed(710);
  await votes(await propose(api, ROOT, api.tx.system.remark('0x01'), alice));

  // The form has it from the metadata.
  await go('/governance/propose');
  await choose('Pallet', 'pouw');
  await choose('Call', 'touchTask');
  await page.getByText('The call lacks its argument task.').waitFor();
  for (const each of [overview, page]) {
    assert.equal(await each.locator('.notice, .problem').count(), 0);
    assert.ok(await each.evaluate(() => window.openedBefore), 'it was loaded again');
  }
  assert.deepEqual(browser.complaints, []);
  assert.deepEqual(browser.foreign, []);
});
