// A live chain from a description of some lines: keys that nobody else has, two validators, and what they are told on the way.

import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { account, command, Node, succeed, until } from '../support/node.mjs';

const repository = join(dirname(fileURLToPath(import.meta.url)), '../../..');
const template = join(repository, 'chain-specs/testnet.toml');
const folder = mkdtempSync(join(tmpdir(), 'bcai-launch-'));
const description = join(folder, 'chain.toml');
const spec = join(folder, 'raw.json');
const validators = [];
const nodes = [];

after(async () => {
  await Promise.all(nodes.map((node) => node.remove()));
  rmSync(folder, { recursive: true, force: true });
});

const generate = async (scheme) => JSON.parse(await succeed('key', 'generate', `--scheme=${scheme}`, '--output-type=json'));
const data = (at) => join(folder, `validator-${at}`);
const keyCheck = (at, ...options) => command(['key', 'check', `--chain=${spec}`, `--base-path=${data(at)}`, ...options]);
const insert = (at, type, scheme, { secretPhrase }) =>
  succeed('key', 'insert', `--chain=${spec}`, `--base-path=${data(at)}`, `--key-type=${type}`, `--scheme=${scheme}`, `--suri=${secretPhrase}`);

before(async () => {
  for (const at of [0, 1]) {
    const [account, babe, grandpa] = await Promise.all(['sr25519', 'sr25519', 'ed25519'].map(generate));
    validators.push({ at, account, babe, grandpa });
  }
});

/** The template, with these validators. */
function filledIn() {
  const table = ({ account, babe, grandpa }) =>
    `[[validators]]\naccount = "${account.ss58Address}"\nbabe = "${babe.ss58Address}"\ngrandpa = "${grandpa.ss58Address}"\n`;
  return readFileSync(template, 'utf8')
    .replace(/\[\[validators\]\]\n.*\n.*\n.*\n/, validators.map(table).join('\n'))
    .replaceAll('"ADDRESS"', `"${validators[0].account.ss58Address}"`);
}

test('what is missing or wrong in a description is one line with its place', async () => {
  for (const [text, ...parts] of [
    [readFileSync(template, 'utf8'), ': validators[0].account: `ADDRESS` is no address'],
    [filledIn().replaceAll(validators[0].babe.ss58Address, account.alice.address), ': validators[0].babe: ', 'has the prefix of any network'],
    [filledIn().replace('[balances]', '[balances]\n"bhquHDRJDaeEh1hr8XFNY272Q2fp73eRMWeUXqHfFN2qwA5xc" = 1'), 'is a development key'],
    [filledIn().replace('chain_type', 'chain_typ'), 'unknown field `chain_typ`'],
  ]) {
    writeFileSync(description, text);
    const { status, stdout, stderr } = await command(['chain-spec', description]);
    assert.equal(status, 1);
    assert.equal(stdout, '');
    assert.equal(stderr.trim().split('\n').length, 1, stderr);
    assert.match(stderr, new RegExp(`^error: ${description.replaceAll('.', '\\.')}:\\d+: `));
    for (const part of parts) assert.ok(stderr.includes(part), `${part}: ${stderr}`);
  }
});

test('the spec is one that the node takes, plain and raw', async () => {
  writeFileSync(description, filledIn());
  const plain = join(folder, 'plain.json');
  writeFileSync(plain, await succeed('chain-spec', description));
  writeFileSync(spec, await succeed('chain-spec', '--raw', description));
  assert.deepEqual(JSON.parse(await succeed('export-chain-spec', '--raw', `--chain=${plain}`)), JSON.parse(readFileSync(spec)));
  const { name, id, chainType } = JSON.parse(readFileSync(spec));
  assert.deepEqual({ name, id, chainType }, { name: 'BCAI Testnet', id: 'bcai_testnet', chainType: 'Live' });
});

test('key check tells what is missing, and makes no database', async () => {
  const none = await keyCheck(0);
  assert.equal(none.status, 1);
  assert.match(none.stdout, /^BCAI Testnet \(bcai_testnet\), authorities of the chain spec\ncan't author: .*no key of type `babe`.*\ncan't finalise: .*no key of type `gran`.*\n$/);
  assert.match(none.stderr, /error: this node can't author or finalise on this chain\n$/);

  await insert(0, 'babe', 'sr25519', validators[0].babe);
  // Another validator's is as good as none.
  await insert(0, 'gran', 'ed25519', await generate('ed25519'));
  const half = await keyCheck(0);
  assert.equal(half.status, 1);
  assert.match(half.stdout, /\ncan author\ncan't finalise: none of its 1 keys of type `gran` is that of one of the 2 authorities/);

  for (const { at, babe, grandpa } of validators) {
    await insert(at, 'babe', 'sr25519', babe);
    await insert(at, 'gran', 'ed25519', grandpa);
    const { status, stdout } = await keyCheck(at);
    assert.equal(stdout, 'BCAI Testnet (bcai_testnet), authorities of the chain spec\ncan author\ncan finalise\n');
    assert.equal(status, 0);
    assert.ok(!existsSync(join(data(at), 'chains/bcai_testnet/paritydb')));
  }
});

test('the chain goes on and is final, votes take days, and no development key has anything', async () => {
  const first = await Node.on(data(0), `--chain=${spec}`, '--validator', '--force-authoring', '--log-format=json');
  nodes.push(first);
  nodes.push(await Node.on(data(1), `--chain=${spec}`, '--validator', `--bootnodes=${await first.address()}`));
  await until('finality', async () => (await first.finalized()) >= 3, 120_000);
  const { api } = first;
  assert.equal(await first.rpc('system_chainType'), 'Live');
  assert.equal((await api.query.origins.fastPeriods()).toString(), 'false');
  assert.equal((await api.query.system.account(account.alice.address)).data.free.toBigInt(), 0n);
  const free = (await api.query.system.account(validators[0].account.ss58Address)).data.free.toBigInt();
  assert.equal(free, 1_000_000n * 10n ** 12n);
  const window = await api.query.parameters.parameters({ Pouw: { ChallengeWindow: null } });
  assert.ok(window.toString().includes('1800'), window.toString());
  assert.deepEqual(Object.keys(await first.rpc('pouw_targets')).length > 0, true);
});

test('key check looks into the database of a stopped node, and says that a running one has it', async () => {
  const [node] = nodes;
  const running = await keyCheck(0);
  assert.equal(running.status, 1);
  assert.match(running.stderr, /error: another process uses the database/);
  assert.equal(await node.stop(), 0);
  const { status, stdout, stderr } = await keyCheck(0);
  assert.match(stdout, /^BCAI Testnet \(bcai_testnet\), authorities of block \d+ in the database\ncan author\ncan finalise\n$/, stderr);
  assert.equal(status, 0);
});

test('a log of JSON is one object a line from the first line to the last', async () => {
  const [node] = nodes;
  const lines = node.logged().trim().split('\n').map((line) => JSON.parse(line));
  for (const { time, level, target, message } of lines) {
    assert.match(time, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z$/);
    assert.match(level, /^(INFO|WARN|ERROR)$/);
    assert.ok(target && typeof message === 'string' && !message.includes('\u001b'));
  }
  assert.ok(lines.some(({ target, message }) => target === 'substrate' && message.includes('Imported #')));
  // What ends the node as well.
  const { status, stderr } = await command([`--chain=${spec}`, `--base-path=${data(1)}`, '--log-format=json', '--log=sync=debug', '--no-telemetry']);
  assert.equal(status, 1);
  const last = JSON.parse(stderr.trim().split('\n').at(-1));
  assert.equal(last.level, 'ERROR');
  assert.match(last.message, /another process uses the database|is in use/);
  const wrong = await command(['--dev', '--log-format=json', '--enable-log-reloading']);
  assert.match(wrong.stderr, /^error: --enable-log-reloading and --tracing-targets are for --log-format text alone\n$/);
});
