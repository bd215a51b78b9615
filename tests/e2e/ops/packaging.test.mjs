// What runs a node as a service, in containers and on Kubernetes: taken by the tools that read it, as far as they can
// without a machine of each kind, and with options that this node has.

import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import { BINARY, succeed } from '../support/node.mjs';
import { find, program, run } from '../support/programs.mjs';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const text = (path) => readFileSync(join(ROOT, path), 'utf8');
const folder = mkdtempSync(join(tmpdir(), 'bcai-packaging-'));
let options;

before(async () => {
  options = new Set((await succeed('--help')).match(/(?<=^ +(?:-\w, )?)--[a-z0-9-]+/gm));
});
after(() => rmSync(folder, { recursive: true, force: true }));

/** Fails for words that begin as an option and are none of the node's. */
function known(where, words) {
  const given = words.filter((word) => word.startsWith('--')).map((word) => word.split('=')[0]);
  assert.ok(given.length > 0, `${where} has no options`);
  for (const option of given) assert.ok(options.has(option), `${where} has ${option}, which the node doesn't`);
}

test('systemd takes the unit and finds it confined', async () => {
  const unit = text('ops/systemd/bcai-node.service');
  const [, start, parameters] = unit.match(/^ExecStart=(\S+) (.*)$/m);
  known('the unit', parameters.split(' '));
  const [, words] = text('ops/systemd/node.env').match(/^BCAI_OPTIONS=(.*)$/m);
  known('node.env', words.split(' '));
  const [, user] = unit.match(/^User=(.*)$/m);
  assert.match(text('ops/systemd/bcai.sysusers'), new RegExp(`^u ${user} - `, 'm'));

  // The binary has to be where the unit says.
  const path = join(folder, 'bcai-node.service');
  writeFileSync(path, unit.replace(start, resolve(BINARY)));
  const verified = await run(program('systemd-analyze'), ['verify', path]);
  // It reads other units of the machine as well.
  assert.deepEqual(verified.output.split('\n').filter((line) => line.includes('bcai-node')), []);
  assert.equal(verified.status, 0, verified.output);
  // Of 0, confined, to 100.
  const security = await run(program('systemd-analyze'), ['security', '--offline=true', '--threshold=20', '--no-pager', path]);
  assert.equal(security.status, 0, security.output);
});

test('the Dockerfile passes its linter and builds with the compiler of the workspace', async () => {
  const path = join(ROOT, 'ops/docker/Dockerfile');
  assert.deepEqual(await run(program('hadolint'), [path]), { status: 0, output: '' });
  const [, channel] = text('rust-toolchain.toml').match(/^channel = "(.*)"$/m);
  const [, image] = readFileSync(path, 'utf8').match(/^FROM (docker.io\/library\/rust:\S+) AS build$/m);
  assert.ok(image.includes(`:${channel}-`), image);
  // A release is built where voters can build the same.
  assert.equal(parse(text('.github/workflows/release.yml')).jobs.build.container, image);
});

test('compose takes its file, whose ports are on loopback alone', async () => {
  const path = join(ROOT, 'ops/compose/compose.yml');
  const compose = find('docker-compose') ? [program('docker-compose')] : [program('docker'), 'compose'];
  const { status, output } = await run(compose[0], [...compose.slice(1), '--file', path, 'config']);
  assert.equal(status, 0, output);

  const { services } = parse(readFileSync(path, 'utf8'), { merge: true });
  const nodes = Object.entries(services).filter(([, { command = [] }]) => command.includes('--validator'));
  assert.deepEqual(nodes.map(([name]) => name), ['alice', 'bob', 'charlie', 'dave']);
  for (const [name, { command }] of nodes) {
    known(name, command);
    assert.ok(command.includes(`--${name}`));
    // Any page in a browser of this machine could call them.
    if (command.includes('--rpc-methods=unsafe')) assert.ok(!command.some((word) => /^--rpc-cors\b/.test(word)), `${name} takes unsafe calls of any origin`);
  }
  for (const port of Object.values(services).flatMap(({ ports = [] }) => ports)) assert.match(port, /^127\.0\.0\.1:/);

  const { targets } = parse(text('ops/compose/prometheus.yml')).scrape_configs[0].static_configs[0];
  assert.deepEqual(targets, nodes.map(([name]) => `${name}:9615`));

  // The others know the first one by the peer id of its key.
  const value = (command, option) => command.find((word) => word.startsWith(`${option}=`))?.slice(option.length + 1);
  const key = join(folder, 'node-key');
  writeFileSync(key, value(services.alice.command, '--node-key'));
  const peer = (await succeed('key', 'inspect-node-key', `--file=${key}`)).trim();
  for (const [name, { command }] of nodes.slice(1)) {
    assert.equal(value(command, '--bootnodes'), `/dns/alice/tcp/30333/p2p/${peer}`, name);
  }
});

test('the values for the Helm chart give options that the node has and the chart leaves to them', () => {
  // Of version 5.17.0, which sets these by values of their own.
  const managed = ['--name', '--base-path', '--chain', '--state-pruning', '--validator', '--database', '--prometheus-external', '--prometheus-port',
    '--node-key', '--rpc-external', '--unsafe-rpc-external', '--rpc-methods', '--rpc-cors', '--rpc-port', '--enable-offchain-indexing'];
  for (const option of managed) assert.ok(options.has(option), `the chart gives ${option}, which the node doesn't have`);
  for (const name of ['validator', 'rpc']) {
    const { node } = parse(text(`ops/helm/${name}.yaml`));
    known(name, node.flags);
    for (const flag of node.flags) assert.ok(!managed.includes(flag.split('=')[0]), `${name}: ${flag} is the chart's`);
    assert.deepEqual([node.command, node.chainData.database], ['bcai-node', 'paritydb']);
  }
  // Two of them would equivocate.
  assert.equal(parse(text('ops/helm/validator.yaml')).node.replicas, 1);
});
