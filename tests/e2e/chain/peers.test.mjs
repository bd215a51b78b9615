// Why has a node no peers? One line for each address that leads to none.

import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { freePort, Node, rawSpec, succeed, until } from '../support/node.mjs';

const folder = mkdtempSync(join(tmpdir(), 'bcai-peers-'));
const nodes = [];
let spec;
let boot;
let address;

/** The peer id of another key than that of any node here. */
const stranger = '12D3KooWHdiAxVd8uMQR1hGWXccidmfCwLqcMpGwR6QcTP6QRMuD';
const key = (number) => `--node-key=${`${number}`.padStart(64, '0')}`;

async function run(...options) {
  const node = await Node.run(...options);
  nodes.push(node);
  return node;
}

/** The lines of a node that name `address`, once there is one. */
async function advice(node, to) {
  const lines = () => node.logged().split('\n').filter((line) => line.includes(`No connection to ${to}: `));
  await until(`advice on ${to}`, () => lines().length > 0);
  return lines();
}

before(async () => {
  spec = await rawSpec(folder, 'local');
  boot = await run(`--chain=${spec}`, '--alice', '--validator', key(1));
  const peerId = await boot.rpc('system_localPeerId');
  address = `/ip4/127.0.0.1/tcp/${boot.networkPort}/p2p/${peerId}`;
});
after(async () => {
  await Promise.all(nodes.map((node) => node.remove()));
  rmSync(folder, { recursive: true, force: true });
});

test('an address where nobody answers, one of another peer id and one of another service are named with their cause, once', async () => {
  const nobody = `/ip4/127.0.0.1/tcp/${await freePort()}/p2p/${stranger}`;
  const other = address.replace(/[^/]*$/, stranger);
  const rpc = `/ip4/127.0.0.1/tcp/${boot.port}/p2p/${stranger}`;
  const unknown = `/dns/no-such-name.invalid/tcp/1/p2p/${stranger}`;
  const node = await run(`--chain=${spec}`, ...[nobody, other, rpc, unknown].map((each) => `--bootnodes=${each}`));
  const [silence] = await advice(node, nobody);
  assert.match(silence, /nobody answers there \(connection refused\)/);
  assert.match((await advice(node, other))[0], new RegExp(`has the peer id ${address.split('/').at(-1)}: correct the end`));
  assert.match((await advice(node, rpc))[0], /no node of a chain: correct the address/);
  assert.match((await advice(node, unknown))[0], /name can't be resolved/);
  // Longer than until the next look.
  await new Promise((wake) => setTimeout(wake, 75_000));
  for (const each of [nobody, other, rpc, unknown]) assert.equal((await advice(node, each)).length, 1, each);
});

test('a boot node of another genesis is named with both', async () => {
  const plain = join(folder, 'plain.json');
  writeFileSync(plain, (await succeed('export-chain-spec', '--chain=local')).replace('"pouw.ChallengeWindow": 30', '"pouw.ChallengeWindow": 31'));
  const other = join(folder, 'other.json');
  await succeed('export-chain-spec', '--raw', `--chain=${plain}`, `--output=${other}`);
  assert.equal(JSON.parse(readFileSync(other)).id, JSON.parse(readFileSync(spec)).id);
  const node = await run(`--chain=${other}`, `--bootnodes=${address}`);
  const [line] = await advice(node, address);
  const genesis = (each) => each.rpc('chain_getBlockHash', 0);
  assert.ok(line.includes(`genesis ${await genesis(boot)}; that of this node is ${await genesis(node)}`), line);
});

test('a node with the network key of its boot node is told so', async () => {
  const twin = await run(`--chain=${spec}`, key(1), `--bootnodes=${address}`);
  const [line] = await advice(twin, address);
  assert.match(line, /another node, at .* has the network key of this one \(12D3/);
  assert.match(line, /generate-node-key/);
});

test('the second of two nodes with one network key is told so, and the first has peers and no such line', async () => {
  const first = await run(`--chain=${spec}`, key(2), `--bootnodes=${address}`);
  await until('peers', async () => (await first.rpc('system_health')).peers > 0);
  const second = await run(`--chain=${spec}`, key(2), `--bootnodes=${address}`);
  const [line] = await advice(second, address);
  assert.ok(line.includes(`another node, at /ip4/127.0.0.1/tcp/${first.networkPort}, has the network key`), line);
  assert.ok(!first.logged().includes('No connection to'), first.lastLines());
});

test('a node that finds its own address among the boot nodes says nothing of it', async () => {
  const [port, closed] = [await freePort(), await freePort()];
  const id = (await succeed('key', 'inspect-node-key', `--file=${keyFile(3)}`)).trim();
  // Of the second address it is told when it has looked at both.
  const nobody = `/ip4/127.0.0.1/tcp/${closed}/p2p/${stranger}`;
  const own = `/ip4/127.0.0.1/tcp/${port}/p2p/${id}`;
  const node = await run(`--chain=${spec}`, key(3), `--bootnodes=${own}`, `--bootnodes=${nobody}`, `--listen-addr=/ip4/127.0.0.1/tcp/${port}`);
  await advice(node, nobody);
  assert.ok(!node.logged().includes(`No connection to ${own}`), node.lastLines());
});

test('warp sync on a chain without finality says what it waits for', async () => {
  const node = await run(`--chain=${spec}`, `--bootnodes=${address}`, '--sync=warp');
  await until('the line', () => node.logged().includes('--sync warp has got no proof of finality'), 90_000);
});

function keyFile(number) {
  const file = join(folder, `key-${number}`);
  writeFileSync(file, `${number}`.padStart(64, '0'));
  return file;
}
