import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { CallError, NotIncluded, submit } from '@bcai/sdk';
import { createKeyMulti, encodeAddress } from '@polkadot/util-crypto';
import { events, money } from '../support/history.mjs';
import { account, Node, rawSpec, until } from '../support/node.mjs';

// What the sdk's `submit` says of transactions, against what they did.

const UNIT = 1_000_000_000_000n;
const TOO_MUCH = 10n ** 30n;
const { alice, bob, charlie, dave, eve, ferdie } = account;
let node;
let api;

before(async () => {
  node = await Node.start('dev');
  api = node.api;
});
after(() => node?.remove());

const give = (amount, to = ferdie.address) => api.tx.balances.transferKeepAlive(to, amount);
const free = async ({ address }) => (await money(api, address)).free;
const underflow = { pallet: 'runtime', name: 'Arithmetic.Underflow' };

/** Sends a call whose inside has to fail; gives the error and what Ferdie got. */
async function fails(call, signer) {
  const before = await free(ferdie);
  const error = await submit(api, call, signer).then(() => assert.fail('it succeeded'), (error) => error);
  assert.ok(error instanceof CallError, error);
  assert.match(error.block, /^0x/);
  return { error, got: (await free(ferdie)) - before };
}
const told = ({ failures }) => failures.map(({ pallet, name, event, item }) => ({ pallet, name, event, item }));

test('a batch that ends at its second item is no success', async () => {
  const { error, got } = await fails(api.tx.utility.batch([give(UNIT), give(TOO_MUCH), give(UNIT)]), eve);
  assert.deepEqual(told(error), [{ ...underflow, event: 'utility.BatchInterrupted', item: 1 }]);
  assert.equal(got, UNIT, 'the item before it is done');
});

test('every failed item of a forced batch is named', async () => {
  const calls = [give(UNIT), give(TOO_MUCH), give(UNIT), api.tx.pouw.claimTask(4_000_000)];
  const { error, got } = await fails(api.tx.utility.forceBatch(calls), eve);
  assert.deepEqual(told(error), [
    { ...underflow, event: 'utility.ItemFailed', item: 1 },
    { pallet: 'pouw', name: 'UnknownTask', event: 'utility.ItemFailed', item: 3 },
  ]);
  assert.equal(got, 2n * UNIT);
});

test('a batch of all or nothing fails as a whole', async () => {
  const { error, got } = await fails(api.tx.utility.batchAll([give(UNIT), give(TOO_MUCH)]), eve);
  assert.deepEqual(told(error), [{ ...underflow, event: 'system.ExtrinsicFailed', item: undefined }]);
  assert.equal(got, 0n);
});

test('a batch inside of a batch tells its error without a place', async () => {
  const inner = api.tx.utility.forceBatch([give(TOO_MUCH)]);
  const { error } = await fails(api.tx.utility.forceBatch([give(UNIT), inner]), eve);
  assert.deepEqual(told(error), [{ ...underflow, event: 'utility.ItemFailed', item: undefined }]);
});

test('a batch that succeeds does', async () => {
  const before = await free(ferdie);
  await submit(api, api.tx.utility.batch([give(UNIT), give(UNIT)]), eve);
  assert.equal((await free(ferdie)) - before, 2n * UNIT);
});

test('what a proxy could not do is told to it', async () => {
  await submit(api, api.tx.proxy.addProxy(bob.address, 'Any', 0), charlie);
  const { error, got } = await fails(api.tx.proxy.proxy(charlie.address, null, give(TOO_MUCH)), bob);
  assert.deepEqual(told(error), [{ ...underflow, event: 'proxy.ProxyExecuted', item: undefined }]);
  assert.equal(got, 0n);
  await submit(api, api.tx.proxy.proxy(charlie.address, null, give(UNIT)), bob);
});

test('what a multisig could not do is told to the last who approves', async () => {
  const call = give(TOO_MUCH);
  const weight = { refTime: 1_000_000_000, proofSize: 100_000 };
  const others = (who) => [dave, eve].filter((each) => each !== who).map(({ address }) => address);
  await submit(api, give(UNIT, encodeAddress(createKeyMulti([dave.address, eve.address], 2))), eve);
  await submit(api, api.tx.multisig.asMulti(2, others(dave), null, call, weight), dave);
  const multi = encodeAddress(createKeyMulti([dave.address, eve.address], 2));
  const { when } = (await api.query.multisig.multisigs(multi, call.method.hash)).unwrap();
  const { error } = await fails(api.tx.multisig.asMulti(2, others(eve), when, call, weight), eve);
  assert.deepEqual(told(error), [{ ...underflow, event: 'multisig.MultisigExecuted', item: undefined }]);
});

/** Has the statuses of a call that `submit` sends told to `statuses` as well. */
function listened(call, statuses) {
  const sign = call.signAsync.bind(call);
  call.signAsync = async (...parameters) => {
    const signed = await sign(...parameters);
    const send = signed.send.bind(signed);
    signed.send = (report) => send((result) => {
      statuses.push(result.status.type);
      report(result);
    });
    return signed;
  };
  return call;
}

test('a transaction in whose place another one came is given up when that is final', async () => {
  const before = await free(ferdie);
  const next = (await api.query.system.account(eve.address)).nonce.toNumber();
  // Both wait in the pool for the one before them, so that no block can have the first in between.
  const statuses = [];
  const first = submit(api, listened(give(UNIT), statuses), eve, { nonce: next + 1 });
  await until('the first in the pool', () => statuses.includes('Future'));
  await (await give(5n * UNIT).signAsync(eve, { nonce: next + 1, tip: UNIT })).send();
  await submit(api, api.tx.system.remark('0x00'), eve, { nonce: next });
  await assert.rejects(first, (error) => error instanceof NotIncluded && new RegExp(`with nonce ${next + 1} is final`).test(error.message));
  assert.ok(!statuses.includes('InBlock'), `${statuses}`);
  assert.equal((await free(ferdie)) - before, 5n * UNIT, 'only the second was done');
});

test('a transaction that one node dropped and another has in its block is no failure', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'bcai-dropped-'));
  const nodes = [];
  try {
    const spec = await rawSpec(folder, 'dev');
    const author = await Node.start(spec);
    nodes.push(author);
    const [address] = await until('the author to listen', async () => {
      const found = await author.rpc('system_localListenAddresses');
      return found.some((each) => each.startsWith('/ip4/127.0.0.1/')) && found.filter((each) => each.startsWith('/ip4/127.0.0.1/'));
    });
    const full = await Node.run(`--chain=${spec}`, `--bootnodes=${address}`, '--pool-limit=1');
    nodes.push(full);
    const synced = await until('the sync', async () => (await full.best()) > 3 && full.best());
    await until('blocks after the sync', async () => (await full.best()) >= synced + 2);

    // The author stands still: what reaches it lies in its socket until it goes on.
    author.process.kill('SIGSTOP');
    const statuses = [];
    const call = listened(full.api.tx.balances.transferKeepAlive(ferdie.address, UNIT), statuses);
    const submitted = submit(full.api, call, eve);
    await until('the gossip', () => statuses.includes('Broadcast'));
    // Whoever pays more takes the place in the pool.
    let { nonce } = await full.api.query.system.account(alice.address);
    nonce = nonce.toNumber();
    await until('the drop', async () => {
      const other = await full.api.tx.system.remark('0x00').signAsync(alice, { nonce: nonce++, tip: UNIT });
      await other.send().catch(() => {});
      return statuses.includes('Dropped');
    }, 10_000);
    author.process.kill('SIGCONT');
    const { block } = await submitted;
    assert.ok(statuses.includes('Dropped') && !statuses.includes('InBlock'), `${statuses}`);
    const { number } = await full.api.rpc.chain.getHeader(block);
    const done = (await events(full.api, number.toNumber(), number.toNumber())).filter(({ name }) => name === 'Transfer');
    assert.equal(done.length, 1);
  } finally {
    for (const each of nodes) {
      each.process.kill('SIGCONT');
      await each.remove();
    }
    rmSync(folder, { recursive: true, force: true });
  }
});
