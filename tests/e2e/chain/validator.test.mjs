// A validator that can't author or finalise says so, with the command that mends it.

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { account, command, freePort, Node, rawSpec, succeed, until } from '../support/node.mjs';

const folder = mkdtempSync(join(tmpdir(), 'bcai-validator-'));
const nodes = [];
let spec;

before(async () => { spec = await rawSpec(folder, 'local'); });
after(async () => {
  await Promise.all(nodes.map((node) => node.remove()));
  rmSync(folder, { recursive: true, force: true });
});

const insert = (keystore, type, scheme, suri, ...more) =>
  command(['key', 'insert', `--chain=${spec}`, `--keystore-path=${keystore}`, `--key-type=${type}`, `--scheme=${scheme}`, `--suri=${suri}`, ...more]);

async function validator(...options) {
  const node = await Node.run(`--chain=${spec}`, '--validator', ...options);
  nodes.push(node);
  return node;
}

const said = (node, duty) => node.logged().split('\n').filter((line) => line.includes(`This node can't ${duty}: `));
const ready = async (node, duty) => Number((await node.metrics()).match(new RegExp(`^bcai_authority_ready\\{duty="${duty}".*\\} (\\d)$`, 'm'))?.[1]);
const can = (node, duty) => until(`the node to ${duty}`, async () => (await ready(node, duty)) === 1);

test('a validator without keys is told which to insert, and that they are there when they are', async () => {
  const node = await validator();
  await until('both lines', () => said(node, 'author').length === 1 && said(node, 'finalise').length === 1);
  assert.match(said(node, 'author')[0], /no key of type `babe`; insert it with `bcai-node key insert --scheme sr25519 --key-type babe/);
  assert.match(said(node, 'finalise')[0], /no key of type `gran`; insert it with `bcai-node key insert --scheme ed25519 --key-type gran/);
  assert.deepEqual([await ready(node, 'author'), await ready(node, 'finalise')], [0, 0]);
  await node.rpc('author_insertKey', 'babe', '//Alice', `0x${Buffer.from(account.alice.publicKey).toString('hex')}`);
  await can(node, 'author');
  await until('the line', () => node.logged().includes('This node can author again'));
  assert.equal(await ready(node, 'finalise'), 0);
  assert.equal(said(node, 'finalise').length, 1, 'once for each cause');
});

test('keys of nobody here, under a password and of another scheme are told apart', async () => {
  const keystore = join(folder, 'keystore');
  assert.equal((await insert(keystore, 'babe', 'sr25519', '//Nobody')).status, 0);
  assert.equal((await insert(keystore, 'gran', 'ed25519', '//Alice', '--password=secret')).status, 0);
  const node = await validator(`--keystore-path=${keystore}`);
  await until('both lines', () => said(node, 'author').length && said(node, 'finalise').length);
  assert.match(said(node, 'author')[0], /none of its 1 keys of type `babe` is that of one of the \d authorities/);
  assert.match(said(node, 'finalise')[0], /another --password/);
  // What the node's RPC stores isn't looked at by `key insert`: Alice's key for finality, in the place of one for authoring.
  const ed25519 = (await succeed('key', 'inspect', '--scheme=ed25519', '//Alice', '--output-type=json'));
  const swapped = await validator();
  await swapped.rpc('author_insertKey', 'babe', '//Alice', JSON.parse(ed25519).publicKey);
  await until('the line', () => said(swapped, 'author').some((line) => line.includes('is of another scheme')));
});

test('with the well-known keys of an authority nothing is said', async () => {
  const node = await validator('--alice');
  await can(node, 'author');
  await can(node, 'finalise');
  assert.deepEqual([...said(node, 'author'), ...said(node, 'finalise')], []);
});

test('key insert shows what it stored, and refuses a scheme that the type cannot have', async () => {
  const keystore = join(folder, 'shown');
  const { stdout } = await insert(keystore, 'pouw', 'sr25519', '//Bob');
  const inspected = JSON.parse(await succeed('key', 'inspect', '//Bob', '--output-type=json'));
  assert.match(stdout, /Key type: +pouw \(sr25519\)/);
  assert.ok(stdout.includes(inspected.publicKey) && stdout.includes(inspected.ss58Address), stdout);
  for (const [type, scheme] of [['babe', 'ed25519'], ['pouw', 'ecdsa'], ['gran', 'sr25519']]) {
    const { status, stderr } = await insert(keystore, type, scheme, '//Bob');
    assert.equal(status, 1);
    assert.match(stderr.trim(), new RegExp(`^error: a key of type \`${type}\` is an \\w+ key, not ${scheme}: give --scheme \\w+$`));
  }
  // With a password the same secret is another account, and the output is the only place that tells which.
  const secret = await insert(keystore, 'pouw', 'sr25519', '//Bob', '--password=x');
  assert.doesNotMatch(secret.stdout, new RegExp(inspected.ss58Address));
  assert.match(secret.stdout, /The password is part of the key/);
});

test('a miner whose key was inserted with a password starts with it, and is told so without it', async () => {
  const keystore = join(folder, 'secret');
  const { stdout } = await insert(keystore, 'pouw', 'sr25519', '//Ferdie', '--password=x');
  const address = stdout.match(/SS58 Address: +(\w+)/)[1];
  const parameters = [`--chain=${spec}`, `--keystore-path=${keystore}`, `--miner=${address}`];
  const { status, stderr } = await command([...parameters, `--base-path=${join(folder, 'none')}`, '--no-prometheus', `--rpc-port=${await freePort()}`]);
  assert.equal(status, 1);
  assert.ok(stderr.includes(`for --miner ${address} can't sign: it was inserted with another --password`), stderr);
  const node = await Node.run(...parameters, '--password=x');
  nodes.push(node);
  assert.ok(node.logged().includes(`Mining for ${address} `), node.lastLines());
});
