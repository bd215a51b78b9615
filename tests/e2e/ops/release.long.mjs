// The folder that scripts/release makes. BCAI_RELEASE names one; without it, it is put together from the node under test with
// its own runtime, as scripts/release does at the end of its build.

import assert from 'node:assert/strict';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { merkleizeMetadata } from '@polkadot-api/merkleize-metadata';
import { blake2AsHex } from '@polkadot/util-crypto';
import { BINARY, Node, until } from '../support/node.mjs';
import { program, run } from '../support/programs.mjs';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const SCRIPT = join(ROOT, 'scripts/support/release-folder');
const RUNTIME = 'bcai_runtime.compact.compressed.wasm';
const CODE = '0x3a636f6465';
const patient = { timeout: 300_000, maxBuffer: 1 << 28, cwd: ROOT };
const scratch = mkdtempSync(join(tmpdir(), 'bcai-release-'));
after(() => rmSync(scratch, { recursive: true, force: true }));

let folder = process.env.BCAI_RELEASE;
// Of the node's own development chain.
let chain;
let release;

/** What the node says of its own development chain. */
async function ownChain() {
  const node = await Node.start('dev');
  try {
    const { api } = node;
    const units = { tokenSymbol: api.registry.chainTokens[0], decimals: api.registry.chainDecimals[0] };
    const metadata = (await api.call.metadata.metadataAtVersion(15)).unwrap().toU8a(true);
    return {
      code: Buffer.from((await node.rpc('state_getStorage', CODE, await node.rpc('chain_getBlockHash', 0))).slice(2), 'hex'),
      genesis: await node.rpc('chain_getBlockHash', 0),
      metadataHash: `0x${Buffer.from(merkleizeMetadata(metadata, units).digest()).toString('hex')}`,
      version: await node.rpc('state_getRuntimeVersion'),
    };
  } finally {
    await node.remove();
  }
}

before(async () => {
  chain = await ownChain();
  if (!folder) {
    folder = join(scratch, 'release');
    const runtime = join(scratch, 'runtime.wasm');
    writeFileSync(runtime, chain.code);
    const { status, output } = await run(SCRIPT, [BINARY, runtime, chain.metadataHash, folder], patient);
    assert.equal(status, 0, output);
    assert.equal(output, '');
  }
  release = JSON.parse(readFileSync(join(folder, 'release.json'), 'utf8'));
});

test('the checksums are those of all files, and a damaged one is noticed', async () => {
  const check = (where, ...options) => run(program('sha256sum'), ['--check', '--quiet', '--strict', ...options, 'SHA256SUMS'], { cwd: where });
  assert.deepEqual(await check(folder), { status: 0, output: '' });
  const named = readFileSync(join(folder, 'SHA256SUMS'), 'utf8').trim().split('\n').map((line) => line.slice(66));
  assert.deepEqual([...named, 'SHA256SUMS'].sort(), readdirSync(folder).sort());

  const damaged = join(scratch, 'damaged');
  mkdirSync(damaged);
  copyFileSync(join(folder, 'SHA256SUMS'), join(damaged, 'SHA256SUMS'));
  const bytes = readFileSync(join(folder, RUNTIME));
  bytes[bytes.length >> 1] ^= 1;
  writeFileSync(join(damaged, RUNTIME), bytes);
  const { status, output } = await check(damaged, '--ignore-missing');
  assert.equal(status, 1);
  assert.match(output, new RegExp(`^${RUNTIME}: FAILED$`, 'm'));
});

test('release.json tells the runtime as others compute it', async () => {
  const code = readFileSync(join(folder, RUNTIME));
  assert.ok(code.equals(chain.code), 'the runtime is not the one that the node carries');
  const { runtime } = release;
  assert.equal(runtime.blake2_256, blake2AsHex(code));
  assert.equal(runtime.metadata_hash, chain.metadataHash);
  assert.deepEqual(
    [runtime.spec_name, runtime.spec_version, runtime.transaction_version],
    [chain.version.specName, chain.version.specVersion, chain.version.transactionVersion],
  );
  assert.equal((await run(join(folder, 'bcai-node'), ['--version'])).output.trim(), `bcai-node ${release.version}`);
  const { output: head } = await run(program('git'), ['rev-parse', 'HEAD'], { cwd: ROOT });
  assert.equal(release.commit.replace(/-dirty$/, ''), head.trim());
  for (const [name, bytes] of Object.entries(release.bytes)) assert.equal(bytes, statSync(join(folder, name)).size, name);
});

test('the bill of materials names every crate that the node is linked of', async () => {
  const text = readFileSync(join(folder, 'bcai-node.cdx.json'), 'utf8');
  const { bomFormat, specVersion, metadata, components } = JSON.parse(text);
  assert.deepEqual([bomFormat, specVersion, metadata.component.name], ['CycloneDX', '1.5', 'bcai-node']);
  const tree = ['tree', '--locked', '--package=bcai-node', '--features=on-chain-release-build', '--edges=normal', `--target=${release.target}`, '--prefix=none', '--format={p}'];
  const { status, output } = await run(program('cargo'), tree, patient);
  assert.equal(status, 0, output);
  const linked = new Set(output.match(/^\S+ v\S+/gm).map((each) => each.replace(' v', ' ')));
  linked.delete('bcai-node 0.1.0');
  assert.ok(linked.size > 500, `${linked.size} crates`);
  const named = new Set(components.map(({ name, version }) => `${name} ${version}`));
  assert.deepEqual([...linked].filter((each) => !named.has(each)), []);

  const [, locked] = readFileSync(join(ROOT, 'Cargo.lock'), 'utf8').match(/^name = "sc-service"\nversion = "(.*)"$/m);
  const service = components.find(({ name }) => name === 'sc-service');
  assert.equal(service.purl, `pkg:cargo/sc-service@${locked}`);
  assert.match(service.hashes[0].content, /^[0-9a-f]{64}$/);
  assert.ok(!text.includes(tmpdir()) && !text.includes(ROOT), 'paths of this machine are in it');
});

test('the raw specs start the chains of the presets', async () => {
  const development = await Node.start(join(folder, 'development.raw.json'));
  try {
    assert.equal(await development.rpc('chain_getBlockHash', 0), chain.genesis);
    await until('a block', async () => (await development.best()) > 0);
  } finally {
    await development.remove();
  }
  const local = await Node.run(`--chain=${join(folder, 'local.raw.json')}`);
  try {
    assert.equal(await local.rpc('state_getStorageHash', CODE), release.runtime.blake2_256);
  } finally {
    await local.remove();
  }
});

test('what makes no release is refused in one line', async () => {
  const refused = async (parameters, cause) => {
    const { status, output } = await run(SCRIPT, parameters, patient);
    assert.equal(status, 1, output);
    assert.match(output, cause);
    assert.equal(output.trim().split('\n').length, 1, output);
  };
  const runtime = join(folder, RUNTIME);
  const target = join(scratch, 'refused');
  await refused([BINARY, join(scratch, 'none.wasm'), chain.metadataHash, target], /there is no file .*none\.wasm/);
  await refused([BINARY, runtime, '0x12', target], /'0x12' is no hash of metadata/);
  const occupied = join(scratch, 'occupied');
  mkdirSync(occupied);
  writeFileSync(join(occupied, 'diary'), 'mine');
  await refused([BINARY, runtime, chain.metadataHash, occupied], /occupied has other files than a release's/);
  const another = join(scratch, 'another.wasm');
  writeFileSync(another, chain.code.subarray(0, -1));
  await refused([BINARY, another, chain.metadataHash, target], /bcai-node carries another runtime than the one given/);
  assert.deepEqual(readdirSync(scratch).filter((name) => name.startsWith('refused')), []);
});

test("a release's node needs no compiler beside it", async () => {
  const alone = (...command) => run(join(ROOT, 'scripts/support/without-build-tools'), command, patient);
  const setup = join(ROOT, 'scripts/setup');
  const { status, output } = await alone(setup);
  assert.equal(status, 1);
  assert.match(output, /missing: build-essential[^]*rustup is missing and RUSTUP_AUTO_INSTALL=0/);
  assert.deepEqual(await alone(setup, '--without-build', '--console'), { status: 0, output: '   setup: everything is there\n' });
});
