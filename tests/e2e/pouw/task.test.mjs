import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { fetchBlob, PostingFeeTooHigh, postingQuote, postTask, product, submit, tilesRoot, toTiles, upload } from '@bcai/sdk';
import { events, feesOf, money } from '../support/history.mjs';
import { matrices, uploadBoth } from '../support/matrices.mjs';
import { account, Node, until } from '../support/node.mjs';
import { certificate, seeds, tickets } from '../support/worker.mjs';

const UNIT = 1_000_000_000_000n;
const BOUNTY = 20n * UNIT;
const { bob, charlie, dave, eve } = account;
let node;
let api;

// Nobody mines here: the tests do by hand what a worker does. Charlie's challenger looks at every result.
before(async () => {
  node = await Node.start('dev', `--challenger=${charlie.address}`);
  api = node.api;
});
after(() => node?.remove());

const address = (pair) => api.registry.createType('AccountId', pair.publicKey).toString();
const named = (list) => list.filter(({ section }) => section === 'pouw').map(({ method }) => method);
const refused = (call, signer, name) => assert.rejects(submit(api, call, signer), { pallet: 'pouw', name });
const task = (id) => node.rpc('pouw_task', id);

async function post(inputs, bounty = BOUNTY) {
  const deadline = (await node.best()) + 600;
  await uploadBoth(node.rpc, inputs);
  const { task } = await postTask(api, node.rpc, dave, { paramSet: 0, ...inputs, bounty, deadline });
  return task;
}

async function claim(id, worker) {
  await submit(api, api.tx.pouw.claimTask(id), worker);
  return until('the anchor', async () => {
    const { state } = await task(id);
    return state.anchor && state;
  });
}

async function winners(id, inputs, worker, { anchor, target }) {
  const hex = (bytes) => `0x${Buffer.from(bytes).toString('hex')}`;
  const found = seeds({ genesis: api.genesisHash.toHex(), set: 0, task: id, anchor, worker: hex(worker.publicKey), ...inputs });
  const drawn = [...tickets(inputs.a, inputs.bt, found, 0)];
  return { won: drawn.filter(({ ticket }) => ticket <= BigInt(target)), lost: drawn.filter(({ ticket }) => ticket > BigInt(target)) };
}

async function deliver(id, inputs, worker, change = () => {}) {
  const c = product(inputs.a, inputs.bt);
  change(c);
  const bytes = toTiles(c, inputs.n);
  const { root } = await upload(node.rpc, { kind: 'c', paramSet: 0, rows: inputs.m, cols: inputs.n }, bytes);
  assert.equal(root, tilesRoot(bytes));
  const { events: list } = await submit(api, api.tx.pouw.submitResult(id, root), worker);
  return { root, bytes, list };
}

test('what is wrong with a new task is named', async () => {
  const { rootA, rootB } = matrices(8, 8, 7);
  const now = await node.best();
  const call = (m, n, bounty, deadline, { maxFee = UNIT, slabs = 1 } = {}) =>
    api.tx.pouw.postTask(0, m, n, slabs, rootA, rootB, bounty, deadline, maxFee);
  await refused(call(12, 8, BOUNTY, now + 600), dave, 'RowsOfNoStrip');
  await refused(call(8, 0, BOUNTY, now + 600), dave, 'NoColumns');
  await refused(call(8, 8, BOUNTY, now + 600, { slabs: 0 }), dave, 'NoSlabs');
  await refused(call(8, 8, BOUNTY, now + 600, { slabs: 9 }), dave, 'TooManySlabs');
  await refused(call(8, 8, 1, now + 600), dave, 'BountyTooSmall');
  await refused(call(8, 8, BOUNTY, now + 600, { maxFee: 1 }), dave, 'PostingFeeAboveMax');
  await refused(call(8, 8, BOUNTY, now + 2), dave, 'DeadlineTooSoon');
  await refused(call(8, 8, BOUNTY, 4_000_000_000), dave, 'DeadlineTooLate');
  await refused(call(8, 8, 10n ** 30n, now + 600), dave, 'CannotHoldBounty');
});

test('a task that costs more than its requester allows is not posted', async () => {
  const inputs = matrices(8, 8, 9);
  const order = { paramSet: 0, ...inputs, bounty: BOUNTY, deadline: (await node.best()) + 600 };
  const { fee } = await postingQuote(node.rpc, order);
  const before = await money(api, dave.address);
  await assert.rejects(postTask(api, node.rpc, dave, { ...order, maxFee: fee - 1n }), (error) => error instanceof PostingFeeTooHigh && error.fee === fee);
  assert.deepEqual(await money(api, dave.address), before, 'nothing was sent');
});

test('a cancelled task gives the bounty back and keeps the posting fee', async () => {
  const from = (await node.best()) + 1;
  const before = await money(api, dave.address);
  const inputs = matrices(8, 8, 11);
  const { fee } = await node.rpc('pouw_postingQuote', 0, 8, 8, 1, BOUNTY.toString());
  const id = await post(inputs);
  assert.equal((await money(api, dave.address)).held - before.held, BOUNTY);
  await refused(api.tx.pouw.cancelTask(id), eve, 'NotTheRequester');
  const { events: list } = await submit(api, api.tx.pouw.cancelTask(id), dave);
  assert.deepEqual(named(list), ['TaskCancelled']);
  const paid = feesOf(address(dave), await events(api, from, await node.best()));
  assert.equal(before.total - (await money(api, dave.address)).total, BigInt(fee) + paid);
  assert.equal(await task(id), null);
});

test('a task of three slabs lives its whole life, with the money and the events that belong to it', async () => {
  const from = (await node.best()) + 1;
  const [requester, worker] = await Promise.all([dave, bob].map(({ address }) => money(api, address)));
  const inputs = matrices(128, 128, 13, 2500);
  const { fee, bond } = await node.rpc('pouw_postingQuote', 0, inputs.m, inputs.n, inputs.slabs, BOUNTY.toString());

  const id = await post(inputs);
  const { state: open, slabs } = await task(id);
  assert.deepEqual([open, slabs], [{ status: 'open' }, 3]);
  await refused(api.tx.pouw.submitResult(id, inputs.rootA), bob, 'TaskNotClaimed');

  const claimed = await claim(id, bob);
  assert.equal((await money(api, bob.address)).held - worker.held, BigInt(bond));
  await refused(api.tx.pouw.claimTask(id), eve, 'TaskAlreadyClaimed');
  await refused(api.tx.pouw.submitResult(id, inputs.rootA), eve, 'NotTheWorker');

  const { won, lost } = await winners(id, inputs, bob, claimed);
  const shown = [0, 1, 2].map((slab) => won.find(({ l }) => l === slab));
  assert.ok(shown.every(Boolean) && lost.length >= 1, `${won.length} of 768 tickets won`);
  const ticket = ({ i, j, l }, change = {}) => api.tx.pouw.submitTicket({ ...certificate(id, i, j, l, inputs.a, inputs.bt), ...change });
  for (const tile of shown) {
    const { events: list } = await submit(api, ticket(tile), bob);
    assert.deepEqual(named(list), ['TicketAccepted']);
    assert.ok(list.some((event) => api.events.transactionPayment.TransactionFeePaid.is(event) && event.data.actualFee.isZero()), 'free');
  }
  const places = shown.map(({ i, j, l }) => [i, j, l]);
  assert.deepEqual((await task(id)).state.tickets.map(String).sort(), places.map(String).sort());
  await refused(ticket(shown[0]), bob, 'TicketAlreadySubmitted');
  await refused(ticket(lost[0]), bob, 'TicketAboveTarget');
  await refused(ticket(won[0]), eve, 'NotTheWorker');
  const fresh = lost[0];
  await refused(ticket(fresh, { pieceA: '0x00' }), bob, 'LengthOfA');
  await refused(ticket(fresh, { pathB: [] }), bob, 'PathBLength');
  await refused(ticket(fresh, { i: 1000 }), bob, 'RowOutOfBounds');
  await refused(ticket(fresh, { l: 3 }), bob, 'SlabOutOfBounds');
  await refused(ticket(fresh, { pieceA: `0x${'7f'.repeat(8 * 1024)}` }), bob, 'ValueOfA');
  await refused(ticket(fresh, { pieceA: `0x${'01'.repeat(8 * 1024)}` }), bob, 'PathA');
  await refused(ticket(fresh, { pieceB: `0x${'01'.repeat(8 * 1024)}` }), bob, 'PathB');

  const { root, bytes, list } = await deliver(id, inputs, bob);
  assert.deepEqual(named(list), ['ResultDelivered']);
  const { state } = await task(id);
  assert.deepEqual([state.status, state.rootC, state.tickets], ['delivered', root, 3]);
  await refused(api.tx.pouw.finalizeTask(id), eve, 'ChallengeWindowOpen');
  assert.deepEqual(Buffer.from(await fetchBlob(node.rpc, root)), Buffer.from(bytes));

  await until('the challenge window to pass', async () => (await node.best()) >= state.challengeUntil, 90_000);
  await submit(api, api.tx.pouw.finalizeTask(id), eve);
  await refused(api.tx.pouw.finalizeTask(id), eve, 'TaskAlreadyFinalized');

  const all = await events(api, from, await node.best());
  const life = all.filter(({ section, data }) => section === 'pouw' && data.task === id);
  assert.deepEqual(life.map(({ name }) => name), [
    'TaskPosted', 'TaskClaimed', 'TicketAccepted', 'TicketAccepted', 'TicketAccepted', 'ResultDelivered', 'TaskFinalized',
  ]);
  assert.deepEqual(life.slice(2, 5).map(({ data }) => [data.i, data.j, data.l]), places);
  const work = life.slice(2, 5).reduce((sum, { data }) => sum + BigInt(data.work), 0n);
  assert.equal(work, 3n * 16n * 8n * 8n * 1024n, 'a sixteenth of the tickets wins, each of 65,536 multiply-accumulates');
  assert.equal(BigInt((await node.rpc('pouw_workCredit', bob.address)).credit), work);

  const [requesterNow, workerNow] = await Promise.all([dave, bob].map(({ address }) => money(api, address)));
  assert.equal(requester.total - requesterNow.total, BOUNTY + BigInt(fee) + feesOf(address(dave), all));
  assert.equal(workerNow.total - worker.total, BOUNTY - feesOf(address(bob), all));
  assert.deepEqual([requesterNow.held, workerNow.held], [requester.held, worker.held]);
});

test('a result that differs in one cell is refuted by the challenger, and the bond is slashed', async () => {
  const from = (await node.best()) + 1;
  const [cheater, watcher] = await Promise.all([bob, charlie].map(({ address }) => money(api, address)));
  const credit = (await node.rpc('pouw_workCredit', bob.address)).credit;
  const inputs = matrices(16, 16, 17, 1500);
  const { bond } = await node.rpc('pouw_postingQuote', 0, 16, 16, inputs.slabs, BOUNTY.toString());
  const id = await post(inputs);
  await claim(id, bob);
  await deliver(id, inputs, bob, (c) => (c[37] += 1));

  await until('the task to be open again', async () => (await task(id)).state.status === 'open');
  const all = await events(api, from, await node.best());
  const refutation = all.find(({ name }) => name === 'ResultRefuted');
  assert.equal(refutation.data.task, id);
  assert.equal(refutation.data.challenger, address(charlie));
  assert.equal(BigInt(refutation.data.reward) + BigInt(refutation.data.forfeited), BigInt(bond));

  const [cheaterNow, watcherNow] = await Promise.all([bob, charlie].map(({ address }) => money(api, address)));
  assert.equal(cheater.total - cheaterNow.total, BigInt(bond) + feesOf(address(bob), all));
  assert.equal(cheaterNow.held, cheater.held);
  assert.equal(watcherNow.total - watcher.total, BigInt(refutation.data.reward) - feesOf(address(charlie), all));
  assert.equal((await node.rpc('pouw_workCredit', bob.address)).credit, credit, 'no credit for a refuted result');
  await submit(api, api.tx.pouw.cancelTask(id), dave);
});

test('a right result is not challenged', async () => {
  const inputs = matrices(16, 16, 19, 1500);
  const id = await post(inputs);
  await claim(id, eve);
  const from = (await node.best()) + 1;
  await deliver(id, inputs, eve);
  const { state } = await task(id);
  await until('the challenge window to pass', async () => (await node.best()) >= state.challengeUntil, 90_000);
  assert.equal((await task(id)).state.status, 'delivered');
  const all = await events(api, from, await node.best());
  assert.ok(!all.some(({ name }) => name === 'ResultRefuted' || name === 'ExtrinsicFailed'));
});
