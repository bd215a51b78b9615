import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { decodeAddress, encodeAddress, xxhashAsHex } from '@polkadot/util-crypto';
import { account, BINARY, command, succeed } from '../support/node.mjs';

const folder = mkdtempSync(join(tmpdir(), 'bcai-spec-'));
after(() => rmSync(folder, { recursive: true, force: true }));
const repository = join(dirname(fileURLToPath(import.meta.url)), '../../..');

const ALICE = '5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY';
const plain = await succeed('export-chain-spec', '--chain=local');
const raw = await succeed('export-chain-spec', '--raw', '--chain=local');

/** The path of a spec that has `text` in it. */
function spec(text) {
  const file = join(folder, 'spec.json');
  writeFileSync(file, text);
  return file;
}

/** The plain spec, with `to` in place of the first `from`. */
function changed(from, to) {
  assert.ok(plain.includes(from), from);
  return spec(plain.replace(from, () => to));
}

/** The node must refuse the spec in one line, and that line must be about it. */
async function refused(parameters, file, ...causes) {
  const { status, stderr, error } = await command([...parameters, '--chain', file]);
  assert.ok(!error && status > 0, `${error ?? `status ${status}`}\n${stderr}`);
  const said = stderr.trim().split('\n').filter((line) => !/^\d{4}-\d\d-\d\d /.test(line));
  assert.equal(said.length, 1, said.join('\n'));
  for (const cause of causes) assert.ok(said[0].includes(cause), `${cause}: ${said[0]}`);
}

const exporting = ['export-chain-spec', '--raw'];
const starting = ['--validator', '--alice', `--base-path=${join(folder, 'base')}`, '--unsafe-force-node-key-generation', '--rpc-port=0', '--no-prometheus', '--no-mdns', '--listen-addr=/ip4/127.0.0.1/tcp/0'];

/** What the treasury's account has from the start: it is kept alive. */
const TREASURY = 10n ** 9n;

/** What is issued in a raw spec. */
function issued(rawSpec) {
  const key = `${xxhashAsHex('Balances', 128)}${xxhashAsHex('TotalIssuance', 128).slice(2)}`;
  const bytes = Buffer.from(JSON.parse(rawSpec).genesis.raw.top[key].slice(2), 'hex');
  return bytes.readBigUInt64LE(0) + (bytes.readBigUInt64LE(8) << 64n);
}

test('the addresses that the node prints make the same chain', async () => {
  const inspected = await succeed('key', 'inspect', '//Alice');
  const [alice] = inspected.match(/\bbh\w+/);
  assert.deepEqual(decodeAddress(alice), account.alice.publicKey);
  const here = plain.replace(/"(5[A-Za-z0-9]{47})"/g, (_, address) => `"${encodeAddress(address, 3131)}"`);
  assert.ok(here.includes(alice) && !here.includes(ALICE));
  assert.equal(await succeed(...exporting, '--chain', spec(here)), raw);
  assert.equal(await succeed('export-chain-spec', '--chain', spec(here)), plain);
});

test('an address that is wrong is named with its account, field and reason', async () => {
  const place = 'genesis.runtimeGenesis.patch.balances.balances[0][0]';
  await refused(exporting, changed(ALICE, `${ALICE.slice(0, -1)}X`), 'spec.json', place, `${ALICE.slice(0, -1)}X`, 'checksum');
  await refused(exporting, changed(ALICE, encodeAddress(ALICE, 0)), place, encodeAddress(ALICE, 0), 'prefix 0', encodeAddress(ALICE, 3131));
  await refused(exporting, changed(`"babe": "${ALICE}"`, '"babe": "Alice"'), 'patch.session.keys[0][2].babe', '`Alice`');
  await refused(exporting, changed('5FHneW46xGXgs5mUiveU4sbTyGBzmstUspZC92UhjJM694ty', encodeAddress(ALICE, 3131)), 'balances.balances[1]', encodeAddress(ALICE, 3131), 'twice');
});

test('an amount keeps its digits, or is named', async () => {
  const change = (to) => changed(' 1000000000000000000\n', ` ${to}\n`);
  for (const [typed, amount] of [['1e+21', 10n ** 21n], ['"1000000000000000000001"', 10n ** 21n + 1n]]) {
    assert.equal(issued(await succeed(...exporting, '--chain', change(typed))), amount + 11n * 10n ** 18n + TREASURY);
    assert.ok((await succeed('export-chain-spec', '--chain', change(typed))).includes(` ${amount}\n`));
  }
  const place = 'genesis.runtimeGenesis.patch.balances.balances[0][1]';
  for (const typed of ['1.5', '-1', '"1,000"', '340282366920938463463374607431768211456']) await refused(exporting, change(typed), place, typed);
  await refused(exporting, change('999999999'), 'patch.balances.balances[0]', encodeAddress(ALICE, 3131), '999999999', 'existential deposit of 1000000000');
  await refused(exporting, change('340282366920938463463374607431768211455'), 'patch.balances.balances[1]', '2^128');
});

test('a chain that nobody could run is refused', async () => {
  const value = JSON.parse(plain);
  value.genesis.runtimeGenesis.patch.session.keys = [];
  const file = spec(JSON.stringify(value));
  await refused(exporting, file, 'genesis.runtimeGenesis.patch.session.keys');
  await refused(starting, file, 'genesis.runtimeGenesis.patch.session.keys');
  const without = (key) => {
    const state = JSON.parse(raw);
    assert.ok(delete state.genesis.raw.top[key]);
    return spec(JSON.stringify(state));
  };
  await refused(starting, without('0x3a636f6465'), '0x3a636f6465', 'code is missing');
  for (const pallet of ['Babe', 'Grandpa']) {
    const key = `${xxhashAsHex(pallet, 128)}${xxhashAsHex('Authorities', 128).slice(2)}`;
    await refused(starting, without(key), key, `${pallet} has no authorities`);
  }
});

test('what the runtime refuses is named with its field', async () => {
  await refused(exporting, changed('"pouw.ChallengeWindow": 30', '"pouw.ChallengeWindow": "1,000"'), 'patch.origins.parameters.pouw.ChallengeWindow: ', '1,000');
  await refused(exporting, changed('"babe": "5', '"bab": "5'), 'patch.session.keys[0][2]: missing field `babe`');
  await refused(exporting, changed('"targets": [', '"targets": [[0, 300], '), 'patch.pouw.targets[0]: set 0 has a target of 300');
});

test('what is no JSON is named with a line of the file', async () => {
  const line = plain.slice(0, plain.indexOf('"properties"')).split('\n').length;
  await refused(exporting, changed('"properties"', '// why\n  "properties"'), 'spec.json', `comments, and one begins at line ${line} column 3`);
  await refused(exporting, changed('"properties"', '"id": "twice",\n  "properties"'), '`id` is there twice', `line ${line}`);
  await refused(exporting, spec(`\ufeff${plain}`), 'byte order mark');
});

test('the script that makes a spec refuses it by its own name', async () => {
  // A checkout that has nothing but the script and one spec.
  const checkout = join(folder, 'checkout');
  for (const part of ['scripts', 'chain-specs']) mkdirSync(join(checkout, part), { recursive: true });
  const script = join(checkout, 'scripts/chain-spec');
  copyFileSync(join(repository, 'scripts/chain-spec'), script);
  const own = readFileSync(join(repository, 'chain-specs/local.json'), 'utf8');
  const make = async (text, ...options) => {
    writeFileSync(join(checkout, 'chain-specs/own.json'), text);
    const { stdout } = await promisify(execFile)(process.execPath, [script, 'own', ...options], { env: { ...process.env, BCAI_NODE: BINARY }, maxBuffer: 1 << 28 });
    return stdout;
  };
  assert.equal(await make(own), plain);
  assert.equal(await make(own, '--raw'), raw);
  const line = own.slice(0, own.indexOf('"pouw"')).split('\n').length;
  await assert.rejects(make(own.replace('"pouw"', 'pouw')), { stderr: new RegExp(`chain spec chain-specs/own\\.json: .* at line ${line} column 9\\n$`) });
  await assert.rejects(make(own.replace(ALICE, 'Alice')), { stderr: /chain-specs\/own\.json: genesis\.runtimeGenesis\.patch\.balances\.balances\[0\]\[0\]: `Alice`/ });
});
