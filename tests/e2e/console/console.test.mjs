// The console in a real browser, beside a node that mines.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { followTask, postTask, submit } from '@bcai/sdk';
import { Console } from '../support/browser.mjs';
import { matrices, uploadBoth } from '../support/matrices.mjs';
import { account, Node, until } from '../support/node.mjs';
import '../../../console/tests/typescript.mjs';

const { SENTENCES } = await import('../../../console/src/pages/governance/words.ts');
const UNIT = 1_000_000_000_000n;
const { bob, charlie, dave, eve } = account;
let node;
let browser;

before(async () => {
  [node, browser] = await Promise.all([Node.start('dev', `--miner=${bob.address}`), Console.start()]);
});
after(async () => {
  await browser?.close();
  await node?.remove();
});

const number = async (locator) => Number((await locator.textContent()).replace(/[#,]/g, ''));
/** Waits until the stages of a task or a referendum show this one. */
const stage = (page, status) => page.locator(`[data-testid="stages"][data-status="${status}"]`).waitFor();

// All at once: most of their time they wait for blocks.
describe('the console', { concurrency: 6 }, () => {
  test('the overview follows head and finality, and every page has names for what can be used', async () => {
    const page = await browser.open(node.url);
    const best = page.getByTestId('best');
    await best.waitFor();
    const first = await number(best);
    await until('two more blocks', async () => (await number(best)) >= first + 2);
    assert.ok((await number(page.getByTestId('finalized'))) <= (await number(best)));
    const { specName, specVersion } = await node.rpc('state_getRuntimeVersion');
    await page.getByText(`${specName} ${specVersion}`, { exact: true }).waitFor();
    await page.getByRole('table').first().getByText('Alice').first().waitFor();

    for (const title of ['Validators', 'Tasks', 'Governance', 'Overview']) {
      // With the keyboard alone.
      await page.getByRole('navigation', { name: 'Pages' }).getByRole('link', { name: title }).focus();
      await page.keyboard.press('Enter');
      await page.getByRole('link', { name: title, exact: true, current: 'page' }).waitFor();
      await page.getByRole('heading', { level: 1 }).waitFor();
      assert.deepEqual(await unnamed(page), [], title);
    }
    await page.close();
  });

  test('a task goes through its states on its page and in the list', async () => {
    const inputs = matrices(128, 64, 500);
    await uploadBoth(node.rpc, inputs);
    const next = (await node.api.query.pouw.nextTaskId()).toNumber();
    const [page, list] = await Promise.all([browser.open(node.url, `/tasks/${next}`), browser.open(node.url, '/tasks')]);
    await page.getByText('Nobody has posted this task yet.').waitFor();
    await list.getByText('Nobody has posted a task yet.').waitFor();
    await list.getByRole('heading', { name: "This node's miner" }).waitFor();

    const { task } = await postTask(node.api, node.rpc, dave, { paramSet: 0, ...inputs, bounty: 20n * UNIT, deadline: (await node.best()) + 600 });
    assert.equal(task, next);
    const row = list.getByRole('row', { name: `Task ${task}` });
    const life = page.getByRole('list').filter({ hasText: 'Posted' }).last();
    await life.getByText('by Dave').waitFor();
    await stage(page, 'claimed');
    await stage(page, 'delivered');
    await row.getByText('delivered', { exact: true }).waitFor();
    const { state } = await node.rpc('pouw_task', task);
    assert.equal(await number(page.getByTestId('tickets')), state.tickets);
    const finalized = followTask(node.rpc, task);
    await stage(page, 'finalized');
    await row.getByText('finalised', { exact: true }).waitFor();

    // The whole life stands there, each step in the block that the chain says.
    const steps = await life.getByRole('listitem').allTextContents();
    const names = ['Posted', 'Claimed', /^\d+ tickets? accepted/, 'Delivered', 'Finalised'].map((name) => (typeof name === 'string' ? new RegExp(`^${name} in #`) : name));
    assert.equal(steps.length, names.length, steps.join('\n'));
    names.forEach((name, index) => assert.match(steps[index], name));
    const { finalizedAt, credit } = (await finalized).state;
    assert.match(steps[4], new RegExp(`in #${finalizedAt},.*20 BCAI paid to Bob`));
    assert.ok(BigInt(credit) > 0n);

    // Who comes later finds the same steps, out of the chain's past.
    await page.reload();
    await stage(page, 'finalized');
    await until('the same steps', async () => (await life.getByRole('listitem').count()) === names.length);
    await Promise.all([page.close(), list.close()]);
  });

  test('a referendum that passes is submitted, voted on and followed to its execution, and the treasury pays', async () => {
    // What is paid must be in the pot, and the pot's account be there.
    const pot = node.api.registry.createType('AccountId', `0x${Buffer.from('modlpy/trsry').toString('hex').padEnd(64, '0')}`).toString();
    await submit(node.api, node.api.tx.balances.transferKeepAlive(pot, 50n * UNIT), charlie);

    const page = await browser.open(node.url, '/governance/propose', async (each) => {
      await wallet(each, bob);
      await watchStages(each);
    });
    const fill = (label, text) => page.getByLabel(label).fill(text);
    const choose = (label, option) => page.getByLabel(label, { exact: true }).selectOption(option);
    await choose('Sign with', 'Alice (development key)');
    await choose('Track', 'treasury small');
    await choose('Pallet', 'treasury');
    await choose('Call', 'spend');
    await fill(/^amount/, (30n * UNIT).toString());
    await page.getByText('The call lacks its argument beneficiary.').waitFor();
    await fill(/^beneficiary/, eve.address);
    const said = /^Pay 30 BCAI from the treasury to bh\w{4}…\w{6}( \(\d+ of 128 bytes\))?$/;
    await page.getByText(said).waitFor();
    await page.getByRole('button', { name: 'Submit the proposal' }).click();

    await page.getByText(said).waitFor();
    await page.getByText('Nobody has placed the decision deposit').waitFor();
    await stage(page, 'undeposited');
    assert.deepEqual(await unnamed(page), []);

    // What can't be is said where it was asked for, in one line.
    await fill(/^Amount/, 'much');
    await page.getByRole('button', { name: 'Vote aye' }).click();
    await page.getByText("'much' is no amount; it would be like 12.5").waitFor();
    await fill(/^Amount/, '2000000000');
    await page.getByRole('button', { name: 'Vote aye' }).click();
    await page.getByText('convictionVoting.InsufficientFunds').waitFor();

    await fill(/^Amount/, '900,000');
    await page.getByRole('button', { name: 'Vote aye' }).click();
    await page.getByTestId('own-vote').getByText(/^This account votes aye with 900,000 BCAI, which count 1 each/).waitFor();
    // Another account, of a wallet: less than the ayes.
    await page.getByRole('button', { name: 'Connect test-wallet' }).click();
    await choose('Sign with', await page.locator('optgroup[label="test-wallet"] option').getAttribute('value'));
    await choose('Conviction', 'counts 0.1, no lock');
    await fill(/^Amount/, '800000');
    await page.getByRole('button', { name: 'Vote nay' }).click();
    await page.getByTestId('own-vote').getByText('This account votes nay with 800,000 BCAI, which count 0.1 each.').waitFor();

    // 900,000 ayes and 80,000 nays.
    await page.getByRole('img', { name: /^Approval: 91\.8 %;/ }).waitFor();

    await page.getByRole('button', { name: 'Place the decision deposit' }).click();
    await stage(page, 'executed');
    // Whatever was too short for this test to catch.
    const seen = await page.evaluate(() => window.seen);
    assert.deepEqual(seen.filter((each) => ['undeposited', 'deciding', 'confirming passing', 'executed'].includes(each)), ['undeposited', 'deciding', 'confirming passing', 'executed'], seen.join());
    await page.getByText(/^Executed in block [\d,]+$/).waitFor();
    // Who comes later, and finds only what the chain has kept, sees the same.
    await page.reload();
    await stage(page, 'executed');
    await page.getByText(said).waitFor();

    const before = await node.api.query.system.account(eve.address);
    await page.getByRole('link', { name: 'Treasury' }).click();
    const spend = page.getByRole('row', { name: '30 BCAI' });
    await spend.getByText('due', { exact: true }).waitFor();
    await choose('Sign with', 'Alice (development key)');
    await page.getByRole('button', { name: 'Pay out' }).click();
    await spend.getByText('paid, to be checked').waitFor();
    const after = await node.api.query.system.account(eve.address);
    assert.equal(after.data.free.toBigInt() - before.data.free.toBigInt(), 30n * UNIT);

    for (const [tab, text] of [['Tracks', 'whitelisted caller'], ['Committee', 'What it votes on'], ['Referenda', said]]) {
      await page.getByRole('navigation', { name: 'Parts of governance' }).getByRole('link', { name: tab }).click();
      await page.getByText(text).first().waitFor();
      assert.deepEqual(await unnamed(page), [], tab);
    }
    await page.close();
  });

  test('a lost connection is told in one line, and mended by itself', async () => {
    const sockets = [];
    let open = true;
    const page = await browser.open(node.url, '/', (each) =>
      each.routeWebSocket(node.url, (socket) => {
        if (!open) return void socket.close();
        sockets.push(socket);
        socket.connectToServer();
      }));
    const best = page.getByTestId('best');
    await best.waitFor();
    open = false;
    await Promise.all(sockets.map((socket) => socket.close()));
    await page.locator('.notice').getByText(`${node.url}: `).waitFor();
    assert.equal(await page.locator('.notice, .problem').count(), 1);
    const shown = await number(best);
    open = true;
    await until('newer blocks', async () => (await number(best)) > shown);
    assert.equal(await page.locator('.notice, .problem').count(), 0);
    await page.close();
  });

  test('an upgrade of the runtime while somebody looks is shown, and the page goes on with its metadata', async () => {
    // The node's own runtime, told as one that is a version higher from a moment on.
    let upgraded = false;
    let metadata = 0;
    let tell = () => {};
    const page = await browser.open(node.url, '/', (each) =>
      each.routeWebSocket(node.url, (socket) => {
        const server = socket.connectToServer();
        let last;
        const raised = (text) => (upgraded && /"specVersion":\d+/.test(text) ? text.replace(/"specVersion":(\d+)/, (_, version) => `"specVersion":${Number(version) + 1}`) : text);
        socket.onMessage((message) => {
          if (String(message).includes('state_getMetadata')) metadata++;
          server.send(message);
        });
        server.onMessage((message) => {
          if (String(message).includes('"state_runtimeVersion"')) last = String(message);
          socket.send(raised(String(message)));
        });
        tell = () => socket.send(raised(last));
      }));
    const { specName, specVersion } = await node.rpc('state_getRuntimeVersion');
    await page.getByText(`${specName} ${specVersion}`, { exact: true }).waitFor();
    const before = metadata;
    upgraded = true;
    tell();
    await page.getByText(`${specName} ${specVersion + 1}`, { exact: true }).waitFor();
    assert.ok(metadata > before, 'its metadata was not asked for');
    const best = page.getByTestId('best');
    const shown = await number(best);
    await until('newer blocks', async () => (await number(best)) > shown + 1);
    assert.equal(await page.locator('.notice, .problem').count(), 0);
    await page.close();
  });

  test('another node is reached by its address, and what is none is refused', async () => {
    const page = await browser.open('ws://127.0.0.1:1');
    await page.locator('.notice').getByText('ws://127.0.0.1:1: ').waitFor();
    await page.locator('summary', { hasText: 'Change the node' }).click();
    const field = page.getByLabel('WebSocket address of a node');
    await field.fill('http://127.0.0.1:9944');
    await page.getByRole('button', { name: 'Connect' }).click();
    await page.getByText("'http://127.0.0.1:9944' is no address of a node; it would be like ws://127.0.0.1:9944").waitFor();
    await field.fill(node.url);
    await page.getByRole('button', { name: 'Connect' }).click();
    await page.getByTestId('best').waitFor();
    assert.equal(new URL(page.url()).searchParams.get('rpc'), node.url);
    // That page was opened for another node.
    browser.foreign = browser.foreign.filter((url) => !url.startsWith(node.url));
    await page.close();
  });
});

test('what is told of a call in words asks for arguments that the runtime has', () => {
  const { tx } = node.api;
  const known = Object.entries(SENTENCES).filter(([name]) => name.split('.').reduce((found, each) => found?.[each], tx));
  assert.ok(known.length >= 20, `the runtime has ${known.length} of them`);
  for (const [name, sentence] of known) {
    const [pallet, method] = name.split('.');
    const there = tx[pallet][method].meta.args.map((argument) => argument.name.toString());
    const asked = [];
    try {
      sentence(new Proxy({}, { get: (_, key) => void asked.push(key) }), {});
    } catch {
      // There is nothing to tell.
    }
    for (const each of asked) assert.ok(there.includes(each), `${name} has ${there.join()}, not ${each}`);
  }
});

test('no page failed, and none asked for anything but the node', () => {
  assert.deepEqual(browser.complaints, []);
  assert.deepEqual(browser.foreign, []);
});

/** Has a page keep what its stages have shown, and whether a referendum is said to be passing. */
const watchStages = (page) => page.addInitScript(() => {
  window.seen = [];
  new MutationObserver(() => {
    const status = document.querySelector('[data-testid="stages"]')?.dataset.status;
    const passing = [...document.querySelectorAll('.badge')].some(({ textContent }) => textContent === 'passing');
    const now = `${status}${passing ? ' passing' : ''}`;
    if (status && window.seen.at(-1) !== now) window.seen.push(now);
  }).observe(document, { subtree: true, childList: true, attributes: true, characterData: true });
});

/** Puts a wallet into a page, which signs for one account without asking. */
async function wallet(page, pair) {
  await page.exposeFunction('signWithWallet', (payload) => {
    const { registry } = node.api;
    return registry.createType('ExtrinsicPayload', payload, { version: payload.version }).sign(pair).signature;
  });
  await page.addInitScript((address) => {
    const signer = { signPayload: async (payload) => ({ id: 1, signature: await window.signWithWallet(payload) }) };
    window.injectedWeb3 = { 'test-wallet': { version: '1', enable: async () => ({ accounts: { get: async () => [{ address, name: 'Of a wallet' }] }, signer }) } };
  }, pair.address);
}

/** What can be used and has no name for those who don't see it. */
function unnamed(page) {
  return page.evaluate(() =>
    [...document.querySelectorAll('a, button, input, select, textarea, summary, [role="img"]')]
      .filter((each) => {
        const named = each.labels?.length || each.getAttribute('aria-label') || each.textContent.trim();
        return !named;
      })
      .map((each) => each.outerHTML));
}
