// docs/rpc.md against the binary: every method is in a table, with the parameters that it wants, and every error code of ours
// can be had.

import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { account, Node, rawSpec, succeed, until } from '../support/node.mjs';
import { PausedSocket } from '../support/websocket.mjs';

const docs = readFileSync(new URL('../../../docs/rpc.md', import.meta.url), 'utf8');
const rows = (start) => [...docs.matchAll(start)].map(([, cell]) => cell);
/** What is said of our own methods, and of the SDK's. */
const [own, sdk] = docs.split('## Methods of the SDK\n').map((part) => part.split('## Error codes\n')[0]);
const ownMethods = [...own.matchAll(/^\| `(\w+_\w+)` \|/gm)].map(([, name]) => name);
const ZERO = `0x${'00'.repeat(32)}`;
const MIB = 1 << 20;
/** Where a chain has its runtime: `:code`. */
const CODE = '0x3a636f6465';
const folder = mkdtempSync(join(tmpdir(), 'bcai-rpc-docs-'));
const met = new Set();
let node;

before(async () => {
  // A chain that takes no tasks of parameter set 1.
  const spec = JSON.parse(await succeed('export-chain-spec', '--chain=dev'));
  spec.genesis.runtimeGenesis.patch.pouw.targets = [[0, 4]];
  writeFileSync(join(folder, 'plain.json'), JSON.stringify(spec));
  const chain = await rawSpec(folder, join(folder, 'plain.json'));
  node = await Node.start(chain, '--matrices-max-bytes=8M', '--matrices-max-blob=2M', '--rpc-max-in-flight-per-connection=4', '--state-pruning=4');
});
after(async () => {
  await node?.remove();
  rmSync(folder, { recursive: true });
});

/** Calls a method that must refuse with this code. */
async function refused(code, method, ...parameters) {
  await assert.rejects(node.rpc(method, ...parameters), { code }, `${method} ${JSON.stringify(parameters).slice(0, 80)}`);
  met.add(code);
}

const about = (rows, more = {}) => ({ kind: 'a', paramSet: 0, rows, ...more });
const file = (root) => join(node.data, 'chains/bcai_dev/matrices', `${root.slice(2)}.blob`);

/** Stores `rows` rows of this value and gives their root. */
async function stored(rows, value) {
  const { uploadId } = await node.rpc('pouw_uploadStart', about(rows));
  for (let offset = 0; offset < rows * 1024; offset += MIB) {
    const length = Math.min(MIB, rows * 1024 - offset);
    await node.rpc('pouw_uploadPart', uploadId, offset, `0x${value.repeat(length)}`);
  }
  return (await node.rpc('pouw_uploadFinish', uploadId)).root;
}

test('the table of methods is what the node serves', async () => {
  const { methods } = await node.rpc('rpc_methods');
  // Of each namespace that has a range of codes.
  const namespaces = rows(/^\| 1\d{4} to 1\d{4} \| `(\w+_)`/gm);
  assert.ok(namespaces.includes('pouw_'));
  assert.deepEqual([...ownMethods].sort(), methods.filter((name) => namespaces.some((namespace) => name.startsWith(namespace))).sort());
  assert.deepEqual(await node.rpc('pouw_limits'), { maxPartBytes: MIB, maxFetchBytes: MIB, maxTasks: 256 });
});

test('each error code of ours comes as the table says', async () => {
  await refused(10001, 'pouw_uploadStart', about(8, { paramSet: 7 }));
  await refused(10002, 'pouw_uploadStart', about(12));
  await refused(10003, 'pouw_uploadStart', about(4096));
  const open = [];
  for (let index = 0; index < 16; index++) open.push((await node.rpc('pouw_uploadStart', about(8))).uploadId);
  await refused(10004, 'pouw_uploadStart', about(8));
  const [first, second, third, fourth, ...others] = open;
  for (const id of others) await node.rpc('pouw_uploadAbort', id);
  await refused(10005, 'pouw_uploadPart', others[0], 0, '0x00');
  await refused(10006, 'pouw_uploadPart', first, 0, '0x');
  await refused(10007, 'pouw_uploadPart', first, 8, '0x00');
  await refused(10008, 'pouw_uploadFinish', first);
  await refused(10009, 'pouw_uploadPart', second, 0, '0x41');
  await node.rpc('pouw_uploadPart', third, 0, `0x${'00'.repeat(8 * 1024)}`);
  await refused(10010, 'pouw_uploadFinish', third, ZERO);
  for (const id of [first, fourth]) await node.rpc('pouw_uploadAbort', id);
  await refused(10011, 'pouw_fetch', ZERO, 0, 1);

  const [damaged, unreadable, gone] = [await stored(8, '01'), await stored(8, '02'), await stored(8, '03')];
  await refused(10012, 'pouw_fetch', damaged, 0, 0);
  const bytes = readFileSync(file(damaged));
  bytes[bytes.length - 1] ^= 1;
  writeFileSync(file(damaged), bytes);
  await refused(10014, 'pouw_fetch', damaged, 0, 8 * 1024);
  rmSync(file(unreadable));
  // A link to itself can't be opened.
  symlinkSync(file(unreadable), file(unreadable));
  await refused(10015, 'pouw_fetch', unreadable, 0, 1);
  renameSync(file(gone), `${file(gone)}.elsewhere`);
  await refused(10021, 'pouw_fetch', gone, 0, 1);
  assert.equal(await node.rpc('pouw_blobInfo', gone), null);

  // Four equal pieces: as two strips of two slabs they have the root that they have as four strips of one.
  await stored(32, '08');
  const wide = (await node.rpc('pouw_uploadStart', about(16, { slabs: 2 }))).uploadId;
  await node.rpc('pouw_uploadPart', wide, 0, `0x${'08'.repeat(32 * 1024)}`);
  await refused(10022, 'pouw_uploadFinish', wide);

  await refused(10016, 'pouw_tasks', 0, 257);
  await refused(10017, 'pouw_task', 0, ZERO);
  await refused(10018, 'pouw_workCredit', '//Bob');
  await refused(10019, 'pouw_postingQuote', 0, 8, 8, 1, 'much');
  await refused(10020, 'pouw_postingQuote', 1, 8, 8, 1, '1');

  for (let value = 4; value < 7; value++) await stored(2048, `0${value}`);
  await refused(10013, 'pouw_uploadStart', about(2048));

  const root = await stored(1024, '07');
  const socket = await PausedSocket.open(node.port);
  for (let id = 0; id < 20; id++) socket.ask(id, 'pouw_fetch', [root, 0, MIB]);
  await until('a refusal', async () => /bcai_rpc_refused_total\S* [1-9]/.test(await node.metrics()));
  const { error } = (await socket.answers(20)).find((answer) => answer.error);
  met.add(error.code);
  socket.close();

  await until('blocks', async () => (await node.finalized()) >= 8);
  await refused(10901, 'state_getRuntimeVersion', await node.rpc('chain_getBlockHash', 1));

  await refused(10501, 'upgrade_dryRun', '0x00');
  // The chain's own runtime, at a block that there isn't.
  const code = await node.rpc('state_getStorage', CODE);
  await refused(10502, 'upgrade_dryRun', code, ZERO);
  // Of two at a time, whichever comes second; by connections of their own, since the code is as much as one may have in flight.
  const headers = { 'Content-Type': 'application/json' };
  const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'upgrade_dryRun', params: [code] });
  const dryRun = async () => (await fetch(`http://127.0.0.1:${node.port}`, { method: 'POST', headers, body })).json();
  const both = await Promise.all([dryRun(), dryRun()]);
  const late = both.find(({ error }) => error);
  assert.ok(late && both.some(({ result }) => result), JSON.stringify(both).slice(0, 200));
  met.add(late.error.code);

  // Only while a chain migrates: governance/upgrade.long.mjs.
  const elsewhere = [10_023];
  const documented = rows(/^\| (1\d{4}) \|/gm).map(Number).filter((code) => !elsewhere.includes(code));
  assert.deepEqual([...met].sort(), documented.sort());
});

test('codes stand in their order, each in a range that the table gives', () => {
  const ranges = [...docs.matchAll(/^\| (1\d{4}) to (1\d{4}) \|/gm)].map(([, from, to]) => [Number(from), Number(to)]);
  const codes = rows(/^\| (1\d{4}) \|/gm).map(Number);
  assert.deepEqual(codes, codes.toSorted((one, other) => one - other));
  for (const code of codes) assert.ok(ranges.some(([from, to]) => from <= code && code <= to), `${code}`);
  const sorted = ranges.sort(([one], [other]) => one - other);
  sorted.slice(1).forEach(([from], index) => assert.ok(from > sorted[index][1], `${from} is in two ranges`));
});

/** The SDK's methods as the page has them: name, names of the parameters that must be given, and what is said of errors. */
const sdkMethods = sdk.split('\n').map((line) => line.match(/^\| `(\w+)` \| (.*?) ?\| (.*) \| (.*?) ?\|$/)).filter(Boolean).map(([, name, parameters, answer, errors]) => ({
  name,
  wanted: [...parameters.replace(/\([^)]*\)/g, '').matchAll(/`(\w+\??)`/g)].map(([, parameter]) => parameter).filter((parameter) => !parameter.endsWith('?')),
  ending: [...answer.matchAll(/`(\w+_\w+)`/g)].map(([, other]) => other).filter((other) => /unsubscribe|unwatch|unfollow|stop/i.test(other)),
  unsafe: errors.startsWith('unsafe'),
}));

test('the tables of the SDK\'s methods are what a node serves, with the parameters that it wants, and what is unsafe', async () => {
  const archive = await Node.start('dev', '--state-pruning=archive', '--blocks-pruning=archive', '--rpc-methods=safe');
  try {
    const served = async (of) => (await of.rpc('rpc_methods')).methods.filter((name) => !ownMethods.includes(name)).sort();
    const documented = [...new Set(sdkMethods.flatMap(({ name, ending }) => [name, ...ending]))].sort();
    assert.deepEqual(documented, await served(archive));
    assert.deepEqual(documented.filter((name) => !name.startsWith('archive_v1_')), await served(node));

    const child = `0x${Buffer.from(':child_storage:default:1').toString('hex')}`;
    const sample = {
      function: 'Core_version', arguments: '0x', block: ZERO, hash: ZERO, key: '0x00', keys: [], prefix: '0x00', count: 1, fromBlock: ZERO, child,
      extrinsic: '0x00', extrinsics: [], keyType: 'babe', suri: '//Alice', publicKey: ZERO, owner: '0x', sessionKeys: '0x', operationId: 'x', account: account.alice.address,
      peer: 'x', peerId: 'x', directives: 'x', raw: true, kind: 'PERSISTENT', value: '0x00', cid: 'x', number: 0, withRuntime: false, followId: 'x', items: [],
    };
    // jsonrpsee's words for parameters that it can't read; and the SDK's for an unsafe method, whose code isn't always the same.
    const tell = async (name, parameters) => archive.rpc(name, ...parameters).then(() => '', ({ message }) => message);
    for (const { name, wanted, unsafe } of sdkMethods) {
      const parameters = wanted.map((parameter) => sample[parameter] ?? assert.fail(`${name}: no sample of ${parameter}`));
      const said = await tell(name, parameters);
      assert.doesNotMatch(said, /Invalid params/, `${name} wants more than ${wanted.join(', ')}`);
      assert.equal(/unsafe/.test(said), unsafe, `${name}: ${said}`);
      if (wanted.length > 0) assert.match(await tell(name, parameters.slice(1)), /Invalid params|Invalid operation id|Invalid CID/, `${name} doesn't want all of ${wanted.join(', ')}`);
    }
  } finally {
    await archive.remove();
  }
});
