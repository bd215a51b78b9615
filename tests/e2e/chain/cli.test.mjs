import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { account, answers, BINARY, command, endWithTests, freePort, succeed, until } from '../support/node.mjs';

const folder = mkdtempSync(join(tmpdir(), 'bcai-cli-'));
after(() => rmSync(folder, { recursive: true, force: true }));

const quiet = ['--no-mdns', '--no-prometheus', '--no-telemetry', '--listen-addr=/ip4/127.0.0.1/tcp/0', '--unsafe-force-node-key-generation'];
const base = (name) => `--base-path=${join(folder, name)}`;

/** The node must end by itself with an error, in one line that names the cause. */
async function fails(parameters, cause) {
  const { status, stderr, error } = await command(parameters);
  assert.ok(!error, `${error}\n${stderr.slice(-2000)}`);
  failed(status, stderr, cause);
}

function failed(status, stderr, cause) {
  assert.ok(status > 0, `status ${status}`);
  assert.doesNotMatch(stderr, /panicked|backtrace|RUST_BACKTRACE|Essential task `(?!disk-space)/i);
  // What the node logs while it starts has a date in front; what it says to a person has not.
  const said = stderr.split('\n').filter((line) => line.trim() && !/^\d{4}-\d\d-\d\d /.test(line));
  assert.equal(said.length, 1, `one line, not:\n${said.join('\n')}`);
  assert.match(said[0], cause);
}

test('help and version answer without starting anything', async () => {
  const help = await command(['--help']);
  assert.equal(help.status, 0);
  for (const word of ['--miner', '--challenger', '--matrices-path', 'export-chain-spec', 'purge-chain']) assert.ok(help.stdout.includes(word), word);
  const version = await command(['--version']);
  assert.equal(version.status, 0);
  assert.match(version.stdout, /^bcai-node \d+\.\d+\.\d+/);
});

test('a flag that does not exist is named', () => fails(['--no-such-flag'], /--no-such-flag/));

test('a value that a flag does not take is named', async () => {
  await fails(['--dev', '--miner=//Bob'], /\/\/Bob/);
  await fails(['--dev', '--min-free-disk=0'], /--min-free-disk/);
  await fails(['--dev', '--rpc-port=99999'], /99999/);
});

test('a chain spec that is missing or malformed is named', async () => {
  await fails(['--chain', join(folder, 'absent.json'), base('a')], /absent\.json/);
  const broken = join(folder, 'broken.json');
  writeFileSync(broken, '{ "name": ');
  await fails(['--chain', broken, base('a')], /broken\.json/);
});

test('a genesis that no chain can start with is named', async () => {
  const spec = join(folder, 'genesis.json');
  const plain = await succeed('export-chain-spec', '--chain=dev');
  const change = (to) => writeFileSync(spec, plain.replace('"pouw.ChallengeWindow": 30', to));
  change('"pouw.ChallengeWindow": 0');
  await fails(['--chain', spec, base('genesis'), ...quiet], /pouw.ChallengeWindow is 0/);
  change('"pouw.ChallengeWindw": 30');
  await fails(['export-chain-spec', '--raw', '--chain', spec], /there is no parameter pouw\.ChallengeWindw/);
});

test('a busy port is named', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  try {
    await fails(['--chain=dev', '--alice', '--validator', base('busy'), `--rpc-port=${port}`, ...quiet], new RegExp(`${port}`));
  } finally {
    server.close();
  }
});

test('a miner without its key is told how to insert it', async () => {
  // An account that nobody has the key of.
  const nobody = '5C4hrfjw9DjXZTzV3MwzrrAr9P1MJhSrvWGWqi1eSuyUpnhM';
  // With the address as typed, which this chain writes with another prefix.
  const cause = new RegExp(`--miner ${nobody}: .*key insert .*without --password`);
  await fails(['--chain=dev', '--alice', '--validator', base('nokey'), `--miner=${nobody}`, `--rpc-port=${await freePort()}`, ...quiet], cause);
});

test('a secret that is none is refused', async () => {
  const parameters = ['key', 'insert', '--chain=dev', base('keys'), '--scheme=sr25519', '--key-type=pouw'];
  await fails([...parameters, '--suri=this is no secret'], /secret|phrase|suri|seed/i);
  await fails([...parameters.slice(0, -1), '--key-type=toolong', '--suri=//Bob'], /key.?type|toolong/i);
});

test('what is no key is not inspected', async () => {
  await fails(['key', 'inspect', 'this is no secret'], /no secret phrase/);
  await fails(['key', 'inspect', '--scheme=ed25519', '5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQX'], /no secret phrase/);
  await fails(['key', 'inspect', '--public', '0x12'], /./);
  for (const uri of ['//Bob', account.bob.address, `0x${'01'.repeat(32)}`]) {
    assert.match(await succeed('key', 'inspect', uri), /Public key \(hex\)/, uri);
  }
});

test('a folder that cannot be written to is named', async () => {
  const file = join(folder, 'a-file');
  writeFileSync(file, '');
  await fails(['--chain=dev', '--alice', '--validator', `--base-path=${join(file, 'below')}`, `--rpc-port=${await freePort()}`, ...quiet], /a-file/);
});

test('a full disk is named', async (t) => {
  const disk = mkdtempSync(join(tmpdir(), 'bcai-disk-'));
  const mount = (...options) => spawnSync('mount', ['-t', 'tmpfs', '-o', ...options, 'tmpfs', disk], { encoding: 'utf8' });
  const mounted = mount('size=24m');
  if (mounted.status !== 0) {
    rmSync(disk, { recursive: true });
    t.skip(`a small disk can only be mounted by root: ${(mounted.error ?? mounted.stderr).toString().trim()}`);
    return;
  }
  try {
    const port = await freePort();
    const parameters = ['--chain=dev', '--alice', '--validator', '--min-free-disk=64M', `--base-path=${disk}`, `--rpc-port=${port}`, ...quiet];
    await fails(parameters, /only \d+ MiB are free/);
    // With room at first, filled while the node runs.
    assert.equal(mount('remount,size=512m').status, 0);
    const node = endWithTests(spawn(BINARY, parameters, { stdio: ['ignore', 'ignore', 'pipe'] }));
    let stderr = '';
    node.stderr.setEncoding('utf8').on('data', (text) => { stderr += text; });
    let ended = false;
    node.on('close', () => { ended = true; });
    await until('the node to answer', () => {
      assert.equal(node.exitCode, null, stderr);
      return answers(port);
    }, 180_000);
    writeFileSync(join(disk, 'filler'), Buffer.alloc(statfsSync(disk).bavail * statfsSync(disk).bsize - (32 << 20)));
    await until('the node to end', () => ended);
    failed(node.exitCode, stderr, /only \d+ MiB are free/);
  } finally {
    spawnSync('umount', ['--lazy', disk]);
    rmSync(disk, { recursive: true, force: true });
  }
});

test('a spec is exported, read back, and the chain it describes can be inspected and purged', async () => {
  const spec = join(folder, 'exported.json');
  assert.equal((await command(['export-chain-spec', '--chain=dev', `--output=${spec}`])).status, 0);
  const raw = await command(['export-chain-spec', '--raw', '--chain', spec]);
  assert.equal(raw.status, 0, raw.stderr);
  assert.ok(JSON.parse(raw.stdout).genesis.raw.top['0x3a636f6465'].length > 100_000, 'the runtime is in it');
  const info = await command(['chain-info', '--chain', spec, base('chain')]);
  assert.equal(info.status, 0, info.stderr);
  const purge = await command(['purge-chain', '-y', '--chain', spec, base('chain')]);
  assert.equal(purge.status, 0, purge.stderr);
});
