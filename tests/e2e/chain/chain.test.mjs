import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { apiOptions, CallError, submit } from '@bcai/sdk';
import { ApiPromise, WsProvider } from '@polkadot/api';
import { events, feesOf, money } from '../support/history.mjs';
import { account, Node, until } from '../support/node.mjs';

const UNIT = 1_000_000_000_000n;
let node;
let api;

before(async () => {
  node = await Node.start('dev');
  api = node.api;
});
after(() => node?.remove());

const address = (pair) => api.registry.createType('AccountId', pair.publicKey).toString();

test('a wallet learns token, decimals and address prefix from the chain', () => {
  assert.deepEqual(api.registry.chainTokens, ['BCAI']);
  assert.deepEqual(api.registry.chainDecimals, [12]);
  assert.equal(api.registry.chainSS58, api.consts.system.ss58Prefix.toNumber());
  assert.notEqual(api.registry.chainSS58, 42, 'the generic prefix is nobody\'s own');
  assert.equal(api.runtimeVersion.specName.toString(), 'bcai');
});

test('metadata names the upstream pallets, has proof of useful work, and no sudo', () => {
  const pallets = Object.fromEntries(api.runtimeMetadata.asLatest.pallets.map(({ name, index }) => [name.toString(), index.toNumber()]));
  for (const name of [
    'System', 'Babe', 'Timestamp', 'Authorship', 'Session', 'Grandpa', 'Balances', 'TransactionPayment', 'Utility', 'Multisig', 'Proxy',
    'Preimage', 'Scheduler', 'Pouw',
  ]) {
    assert.ok(name in pallets, `${name} is missing`);
  }
  assert.equal(pallets.Pouw, 40);
  assert.ok(!('Sudo' in pallets));
  const calls = ['postTask', 'claimTask', 'submitTicket', 'submitResult', 'challengeResult', 'finalizeTask', 'cancelTask', 'setBeneficiary'];
  assert.deepEqual(calls.map((name) => api.tx.pouw[name].callIndex[1]), [0, 1, 2, 3, 4, 5, 6, 7]);
});

test('metadata is served in versions 14, 15 and 16', async () => {
  const versions = (await api.call.metadata.metadataVersions()).map((version) => version.toNumber());
  for (const version of [14, 15, 16]) assert.ok(versions.includes(version), `${versions}`);
});

test('dApps can call the runtime API of proof of useful work', async () => {
  assert.equal((await api.call.pouwApi.nextTaskId()).toNumber(), 0);
  assert.equal((await api.call.pouwApi.workCredit(account.bob.publicKey)).toNumber(), 0);
  assert.ok((await api.call.pouwApi.target('Set0')).isSome);
});

test('blocks come every second and are finalised', async () => {
  assert.equal(api.consts.babe.expectedBlockTime.toNumber(), 1000);
  const first = await node.best();
  await until('three more blocks', async () => (await node.best()) >= first + 3);
  await until('finality of the first', async () => (await node.finalized()) >= first);
});

test('a transfer arrives to the last digit and its fee is what the event says', async () => {
  const from = await node.best();
  const [sender, receiver] = [await money(api, account.eve.address), await money(api, account.ferdie.address)];
  const { events: list } = await submit(api, api.tx.balances.transferKeepAlive(account.ferdie.address, 3n * UNIT), account.eve);
  assert.ok(list.some((event) => api.events.balances.Transfer.is(event)));
  assert.ok(list.some((event) => api.events.system.ExtrinsicSuccess.is(event)));
  const fee = feesOf(address(account.eve), await events(api, from + 1, await node.best()));
  assert.ok(fee > 0n && fee < UNIT / 10n, `fee ${fee}`);
  assert.equal((await money(api, account.ferdie.address)).free - receiver.free, 3n * UNIT);
  assert.equal(sender.free - (await money(api, account.eve.address)).free, 3n * UNIT + fee);
});

test('a batch does all or nothing', async () => {
  const before = await money(api, account.ferdie.address);
  const calls = [
    api.tx.balances.transferKeepAlive(account.ferdie.address, UNIT),
    api.tx.balances.transferKeepAlive(account.ferdie.address, 10n ** 30n),
  ];
  await assert.rejects(submit(api, api.tx.utility.batchAll(calls), account.eve), CallError);
  assert.deepEqual(await money(api, account.ferdie.address), before);
});

test('an error of a pallet is decoded to its name and its documentation', async () => {
  await assert.rejects(submit(api, api.tx.pouw.claimTask(4_000_000), account.eve), (error) => {
    assert.equal(error.pallet, 'pouw');
    assert.equal(error.name, 'UnknownTask');
    assert.ok(error.docs.length > 0);
    return true;
  });
});

test('a transaction of another chain is refused', async () => {
  const foreign = await api.tx.balances
    .transferKeepAlive(account.ferdie.address, UNIT)
    .signAsync(account.eve, { nonce: -1, genesisHash: `0x${'11'.repeat(32)}`, blockHash: `0x${'11'.repeat(32)}`, era: 0 });
  await assert.rejects(node.rpc('author_submitExtrinsic', foreign.toHex()), /1010/);
});

test('a connection with the options of the sdk knows every extension of a transaction', async () => {
  const warned = [];
  const { warn } = console;
  console.warn = (...words) => warned.push(words.join(' '));
  try {
    // With the warnings that those options turn off beside.
    for (const { signedExtensions } of [apiOptions, {}]) {
      const other = await ApiPromise.create({ provider: new WsProvider(node.url), signedExtensions });
      await other.disconnect();
      if (signedExtensions) assert.ok(!warned.some((line) => /signed extensions/.test(line)), `${warned}`);
    }
  } finally {
    console.warn = warn;
  }
  assert.ok(warned.some((line) => /Unknown signed extensions AuthorizeCall/.test(line)), 'without them it warns');
});
