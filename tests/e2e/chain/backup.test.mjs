// scripts/backup and scripts/restore: a snapshot of a stopped node syncs on, whatever can't be one is refused in one line.

import assert from 'node:assert/strict';
import { execFile, execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { Node, rawSpec, until } from '../support/node.mjs';

const folder = mkdtempSync(join(tmpdir(), 'bcai-backup-'));
const nodes = [];
let spec;
let alice;
let full;
let snapshot;

/** Runs one of the scripts: { status, stdout, stderr }. */
function script(name, parameters, environment = {}) {
  const file = fileURLToPath(new URL(`../../../scripts/${name}`, import.meta.url));
  return new Promise((resolve) => {
    execFile(file, parameters, { env: { ...process.env, ...environment } }, (error, stdout, stderr) => resolve({ status: error?.code ?? 0, stdout, stderr }));
  });
}

/** Each must end with one line that names the cause. */
async function refused(name, parameters, cause, environment) {
  const { status, stdout, stderr } = await script(name, parameters, environment);
  assert.equal(status, 1, stdout);
  assert.match(stderr, cause);
  assert.equal(stderr.trim().split('\n').length, 1, stderr);
}

async function done(name, ...parameters) {
  const { status, stdout, stderr } = await script(name, parameters);
  assert.equal(status, 0, stderr);
  return stdout;
}

/** A full node of the chain that has Alice as peer. */
async function follow(data, ...options) {
  const [peer] = await until('Alice to listen', async () => {
    const all = (await alice.rpc('system_localListenAddresses')).filter((each) => each.startsWith('/ip4/127.0.0.1/'));
    return all.length > 0 && all;
  });
  const node = await Node.on(data, `--chain=${spec}`, `--bootnodes=${peer}`, ...options);
  nodes.push(node);
  return node;
}

/** Waits until this node has what Alice has made final by now, and compares every block of it. */
async function hasTheChain(node) {
  const reached = await alice.finalized();
  await until(`block ${reached}`, async () => (await node.finalized()) >= reached, 120_000);
  const numbers = Array.from({ length: reached + 1 }, (_, number) => number);
  assert.deepEqual(await node.rpc('chain_getBlockHash', numbers), await alice.rpc('chain_getBlockHash', numbers));
}

const files = (data, part) => (existsSync(join(data, 'chains/bcai_dev', part)) ? readdirSync(join(data, 'chains/bcai_dev', part)) : []);

before(async () => {
  spec = await rawSpec(folder, 'dev');
  alice = await Node.start(spec);
  nodes.push(alice);
  full = await follow();
  await hasTheChain(full);
  await until('blocks', async () => (await full.finalized()) >= 5);
});
after(async () => {
  await Promise.all(nodes.map((node) => node.remove()));
  rmSync(folder, { recursive: true, force: true });
});

test('the database of a running node is refused, and nothing is left behind', async () => {
  const file = join(folder, 'live.tar');
  await refused('backup', ['--base-path', full.data, '--to', file], /^backup: a node runs on .*; stop it first, or name its unit of systemd with --service$/m);
  assert.deepEqual(readdirSync(folder).filter((name) => name.includes('live')), []);
  assert.ok((await full.best()) > 0);
});

test('a snapshot of a stopped node syncs on elsewhere, with a network key of its own', async () => {
  const before = await full.rpc('system_localPeerId');
  assert.equal(await full.stop(), 0);
  snapshot = join(folder, 'snapshot.tar');
  const said = await done('backup', '--base-path', full.data, '--to', snapshot);
  assert.match(said, /^.*snapshot\.tar\n {2}sha256 {2}[0-9a-f]{64}\n {2}chain {3}bcai_dev, \d+ files, \S+\n {2}keys {4}left out\n$/);
  const data = join(folder, 'elsewhere');
  assert.match(await done('restore', snapshot, '--base-path', data), /keys {4}none in the snapshot/);
  assert.deepEqual([...files(data, 'keystore'), ...files(data, 'network')], []);
  const restored = await follow(data);
  // From the block of the snapshot on, not from genesis.
  assert.ok(Number(restored.logged().match(/Highest known block at #(\d+)/)[1]) >= 5, restored.lastLines());
  await hasTheChain(restored);
  assert.notEqual(await restored.rpc('system_localPeerId'), before);
  assert.equal(await restored.stop(), 0);
});

test('the node itself goes on after its backup', async () => {
  await full.restart();
  await hasTheChain(full);
  assert.equal(await full.stop(), 0);
});

test('keys are in a snapshot where they are asked for, and only its owner can read it', async () => {
  const file = join(folder, 'keys.tar.gz');
  const peer = readFileSync(join(full.data, 'chains/bcai_dev/network/secret_ed25519'));
  assert.match(await done('backup', '--base-path', full.data, '--to', file, '--with-keys'), /keys {4}included: guard this file/);
  assert.equal(statSync(file).mode & 0o777, 0o600);
  assert.deepEqual([...readFileSync(file).subarray(0, 2)], [0x1f, 0x8b], 'compressed');
  const data = join(folder, 'moved');
  assert.match(await done('restore', file, '--base-path', data), /restored: start this node only where the first one is gone for good/);
  assert.deepEqual(readFileSync(join(data, 'chains/bcai_dev/network/secret_ed25519')), peer);
});

test('nothing is written over', async () => {
  await refused('backup', ['--base-path', full.data, '--to', snapshot], /snapshot\.tar is there already/);
  const before = statSync(snapshot);
  await refused('restore', [snapshot, '--base-path', full.data], /chains\/bcai_dev\/paritydb is there already and stays/);
  assert.equal(statSync(snapshot).mtimeMs, before.mtimeMs);
  // Keys that wait for the database are no reason to refuse it, but other keys don't come over them.
  const data = join(folder, 'waiting');
  const key = join(data, 'chains/bcai_dev/network/secret_ed25519');
  mkdirSync(join(data, 'chains/bcai_dev/network'), { recursive: true });
  writeFileSync(key, 'mine');
  await refused('restore', [join(folder, 'keys.tar.gz'), '--base-path', data], /network is there already and stays/);
  await done('restore', snapshot, '--base-path', data);
  assert.equal(readFileSync(key, 'utf8'), 'mine');
});

test('a damaged snapshot is refused, and leaves nothing', async () => {
  const bytes = readFileSync(snapshot);
  const changed = Buffer.from(bytes);
  // In the middle of a file: tar has no checksum of that.
  changed[changed.lastIndexOf(Buffer.from('paritydb/full/metadata')) + 512 + 10] ^= 1;
  const data = join(folder, 'damaged');
  for (const [text, cause] of [
    [changed, /damaged\.tar is damaged: its checksums don't hold/], [bytes.subarray(0, bytes.length / 2), /damaged\.tar could not be unpacked/],
    [Buffer.from('no tar'), /damaged\.tar is no snapshot of scripts\/backup/],
  ]) {
    writeFileSync(join(folder, 'damaged.tar'), text);
    await refused('restore', [join(folder, 'damaged.tar'), '--base-path', data], cause);
    assert.ok(!existsSync(data), `${cause}`);
  }
});

test('a snapshot with anything but files and folders is refused', async () => {
  for (const [name, make] of [
    ['link', (path) => symlinkSync('/etc/hostname', path)], ['folder', (path) => symlinkSync('/etc', path)], ['pipe', (path) => execFileSync('mkfifo', [path])],
  ]) {
    const unpacked = join(folder, `with-${name}`);
    mkdirSync(unpacked);
    execFileSync('tar', ['--extract', '--file', snapshot, '--directory', unpacked]);
    make(join(unpacked, 'paritydb/full', name));
    const changed = join(folder, `with-${name}.tar`);
    execFileSync('tar', ['--create', '--file', changed, '--directory', unpacked, 'snapshot', 'SHA256SUMS', 'paritydb']);
    const data = join(folder, `from-${name}`);
    await refused('restore', [changed, '--base-path', data], new RegExp(`^restore: .* has 'paritydb/full/${name}', which is neither a file nor a folder$`, 'm'));
    assert.ok(!existsSync(data), name);
  }
});

test('what is missing or wrong on the command line is named', async () => {
  await refused('backup', ['--to', 'x.tar'], /--base-path is missing/);
  await refused('backup', ['--base-path', folder, '--to', join(folder, 'x.tar')], /has no folder 'chains'/);
  await refused('backup', ['--base-path', full.data, '--to', join(folder, 'x.zip')], /must end in \.tar/);
  await refused('backup', ['--base-path', full.data, '--to', join(folder, 'none/x.tar')], /none\/x\.tar could not be written/);
  await refused('backup', ['--frequently'], /unknown argument '--frequently'/);
  mkdirSync(join(full.data, 'chains/other'));
  await refused('backup', ['--base-path', full.data, '--to', join(folder, 'x.tar')], /more than one chain; say which with --chain-id: bcai_dev other$/m);
  rmSync(join(full.data, 'chains/other'), { recursive: true });
  await refused('restore', [join(folder, 'x.tar')], /--base-path is missing/);
  await refused('restore', [join(folder, 'x.tar'), '--base-path', folder], /there is no file .*x\.tar/);
  for (const name of ['backup', 'restore']) assert.match(await done(name, '--help'), new RegExp(`^Usage: scripts/${name} `));
});

test('a unit of systemd is stopped for the copy and started again, also where the copy fails; one that did not run stays so', async () => {
  await full.restart();
  // In the place of systemctl, which no test can count on. It is in the state that a file tells.
  const bin = join(folder, 'bin');
  mkdirSync(bin);
  const [log, state] = [join(folder, 'systemctl.log'), join(folder, 'systemctl.state')];
  const { pid } = full.process;
  const stop = `kill ${pid} 2>/dev/null; while kill -0 ${pid} 2>/dev/null; do sleep 0.1; done`;
  const tell = `cat ${state}; grep -qx active ${state} || exit 3`;
  writeFileSync(join(bin, 'systemctl'), `#!/bin/sh\ncase "$1" in is-active) ${tell} ;; *) echo "$@" >>${log} ;; esac\n[ "$1" != stop ] || { ${stop}; }\n`);
  chmodSync(join(bin, 'systemctl'), 0o755);
  const environment = { PATH: `${bin}:${process.env.PATH}` };
  const asked = (now) => {
    rmSync(log, { force: true });
    writeFileSync(state, `${now}\n`);
  };
  const [stopped, restarted] = ['stop bcai-node\n', 'stop bcai-node\nstart bcai-node\n'];
  asked('active');
  const { status, stderr } = await script('backup', ['--base-path', full.data, '--to', join(folder, 'service.tar'), '--service', 'bcai-node'], environment);
  assert.equal(status, 0, stderr);
  assert.ok(existsSync(join(folder, 'service.tar')) && full.ended);
  assert.equal(readFileSync(log, 'utf8'), restarted);

  // Of the rest only the unit matters, so the database is small.
  const small = join(folder, 'small');
  mkdirSync(join(small, 'chains/bcai_dev/paritydb'), { recursive: true });
  writeFileSync(join(small, 'chains/bcai_dev/paritydb/metadata'), 'data');
  // Waiting to be started again by systemd, a unit was to run too.
  for (const [now, then] of [['active', restarted], ['activating', restarted], ['inactive', stopped], ['failed', stopped], ['deactivating', stopped]]) {
    asked(now);
    const { status, stderr } = await script('backup', ['--base-path', small, '--to', join(folder, `${now}.tar`), '--service', 'bcai-node'], environment);
    assert.equal(status, 0, stderr);
    assert.equal(readFileSync(log, 'utf8'), then, now);
    asked(now);
    await refused('backup', ['--base-path', small, '--to', join(folder, 'none/x.tar'), '--service', 'bcai-node'], /could not be written/, environment);
    assert.equal(readFileSync(log, 'utf8'), then, `${now}, and the copy failed`);
  }
  // The node whose keys are in the copy must not run again.
  asked('active');
  await refused('backup', ['--base-path', small, '--to', join(folder, 'both.tar'), '--service', 'bcai-node', '--with-keys'], /^backup: --with-keys and --service bcai-node don't go together/, environment);
  assert.ok(!existsSync(log), 'it was stopped or started all the same');
});
