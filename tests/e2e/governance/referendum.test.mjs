// Referenda from a client's side, on a chain that votes in seconds: each kind of vote, deposits, locks, and what a passed one does.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { CallError, postTask, product, toTiles, upload } from '@bcai/sdk';
import { Keyring } from '@polkadot/api';
import { blake2AsHex } from '@polkadot/util-crypto';
import { events, money } from '../support/history.mjs';
import { matrices, uploadBoth } from '../support/matrices.mjs';
import { account, Node, until } from '../support/node.mjs';
import { aye, ended, happened, nay, origin, propose, proposeWithDeposit, ROOT, state, submit, tally, UNIT, vote } from '../support/referenda.mjs';

const { alice, bob, charlie, dave, eve, ferdie } = account;
const LARGE = 900_000n * UNIT;
// Accounts whose money and nonce no other test here moves. The last two have nothing at first; //One is a key that the node brings.
const [REQUESTER, WORKER, CHALLENGER, BENEFICIARY] = ['//Dave//stash', '//Eve//stash', '//One', '//Beneficiary'].map((uri) => new Keyring({ type: 'sr25519' }).addFromUri(uri));
let node;
let api;

before(async () => {
  node = await Node.start('dev', `--challenger=${CHALLENGER.address}`);
  api = node.api;
});
after(() => node?.remove());

/** Votes of four accounts, three tenths of all tokens: enough once half of the decision is over. */
async function carry(index, choice = aye) {
  await Promise.all([bob, charlie, dave, eve].map((who) => vote(api, index, choice(LARGE), who)));
}

describe('on one chain', { concurrency: true }, () => {
  test('a vote sets a parameter of useful work, and no other origin does', async () => {
    const set = (value) => api.tx.parameters.setParameter({ Pouw: { PostingFee: [null, value] } });
    await assert.rejects(submit(api, set(UNIT), alice), /BadOrigin/);
    const [right, wrong, excessive] = [
      await proposeWithDeposit(api, origin('PouwParameters'), set(3n * UNIT), alice),
      await proposeWithDeposit(api, origin('StorageParameters'), set(4n * UNIT), alice),
      await proposeWithDeposit(api, origin('PouwParameters'), set(101n * UNIT), alice),
    ];
    for (const index of [right, wrong, excessive]) await carry(index);
    const from = await node.best();
    for (const index of [right, wrong, excessive]) await ended(api, index, 'Approved');
    const enacted = (index) => happened(api, 'scheduler', 'Dispatched', from, ({ id }) => id.isSome && id.unwrap().toHex() === enactmentOf(index));
    assert.ok((await enacted(right)).data.result.isOk);
    assert.ok((await enacted(wrong)).data.result.asErr.isBadOrigin);
    const { section, name } = api.registry.findMetaError((await enacted(excessive)).data.result.asErr.asModule);
    assert.equal(`${section}.${name}`, 'system.CallFiltered');
    const quoted = BigInt((await node.rpc('pouw_postingQuote', 0, 8, 8, 1, '1')).fee);
    assert.ok(quoted >= 3n * UNIT && quoted < 4n * UNIT, `${quoted}`);
  });

  test('the treasury earns half of the fees and half of a forfeited bond, and pays a spend out of that', async () => {
    const before = await node.best();
    await submit(api, api.tx.balances.transferKeepAlive(CHALLENGER.address, 10n * UNIT), REQUESTER);
    const { task, bond } = await forfeited(10_000n * UNIT);
    const { block: after, data } = await happened(api, 'pouw', 'ResultRefuted', before, (each) => each.task.toNumber() === task);
    const earned = await income(before, after);
    assert.equal(data.reward.toBigInt() + data.forfeited.toBigInt(), bond);
    assert.equal(earned.bonds, data.forfeited.toBigInt() / 2n);
    assert.ok(earned.fees > 0n);
    assert.equal(await pot(after), (await pot(before)) + earned.fees + earned.bonds + earned.deposits);

    // More than the bond brought, and less than the bond and the fees did.
    const amount = earned.bonds + earned.fees / 2n;
    const index = await proposeWithDeposit(api, origin('TreasurySmall'), api.tx.treasury.spend(null, amount, BENEFICIARY.address, null), alice);
    await carry(index);
    await ended(api, index, 'Approved');
    const spend = await happened(api, 'treasury', 'AssetSpendApproved', after);
    assert.equal((await money(api, BENEFICIARY.address)).total, 0n);
    const { block } = await submit(api, api.tx.treasury.payout(spend.data.index), alice);
    assert.equal((await money(api, BENEFICIARY.address)).free, amount);
    const paid = (await api.rpc.chain.getHeader(block)).number.toNumber();
    const all = await income(before, paid);
    assert.equal(await pot(paid), (await pot(before)) + all.fees + all.bonds + all.deposits - amount);
  });

  /** The name under which the scheduler has the enactment of a referendum. */
  const enactmentOf = (index) => blake2AsHex(api.registry.createType('([u8; 8], Text, u32)', ['assembly', 'enactment', index]).toU8a(), 256);

  const potAddress = () => api.registry.createType('AccountId32', `0x${Buffer.from('modlpy/trsry').toString('hex').padEnd(64, '0')}`).toString();
  const pot = async (block) => (await money(api, potAddress(), block)).free;

  /** What the blocks after `from` to `to` should have brought the treasury: halves of fees and of forfeited bonds, deposits of killed referenda whole. */
  async function income(from, to) {
    const all = await events(api, from + 1, to);
    const sum = (event, amount) => all.filter(({ section, name }) => `${section}.${name}` === event).reduce((total, { data }) => total + amount(data), 0n);
    return {
      fees: sum('transactionPayment.TransactionFeePaid', ({ actualFee }) => BigInt(actualFee) / 2n),
      bonds: sum('pouw.ResultRefuted', (data) => BigInt(data.forfeited) / 2n),
      deposits: sum('treasury.Deposit', ({ value }) => BigInt(value)),
    };
  }

  /** Has a worker deliver a wrong result, for which the challenger takes its bond; gives the task and the bond. */
  async function forfeited(bounty) {
    const inputs = matrices(16, 16, 17);
    const { bond } = await node.rpc('pouw_postingQuote', 0, inputs.m, inputs.n, inputs.slabs, bounty.toString());
    await uploadBoth(node.rpc, inputs);
    const { task } = await postTask(api, node.rpc, REQUESTER, { paramSet: 0, ...inputs, bounty, deadline: (await node.best()) + 600 });
    await submit(api, api.tx.pouw.claimTask(task), WORKER);
    await until('the anchor', async () => (await node.rpc('pouw_task', task)).state.anchor);
    const c = product(inputs.a, inputs.bt);
    c[37] += 1;
    const { root } = await upload(node.rpc, { kind: 'c', paramSet: 0, rows: inputs.m, cols: inputs.n }, toTiles(c, inputs.n));
    await submit(api, api.tx.pouw.submitResult(task, root), WORKER);
    return { task, bond: BigInt(bond) };
  }

  test('split and abstained votes count as they say', async () => {
    const index = await propose(api, origin('TreasuryBig'), api.tx.system.remark('0x01'), alice);
    await vote(api, index, { Split: { aye: 30n * UNIT, nay: 10n * UNIT } }, bob);
    assert.deepEqual(await tally(api, index), { ayes: 3n * UNIT, nays: UNIT, support: 30n * UNIT });
    await vote(api, index, { SplitAbstain: { aye: 0n, nay: 0n, abstain: 7n * UNIT } }, charlie);
    assert.deepEqual(await tally(api, index), { ayes: 3n * UNIT, nays: UNIT, support: 37n * UNIT });
    await vote(api, index, nay(5n * UNIT, 'Locked3x'), dave);
    assert.deepEqual(await tally(api, index), { ayes: 3n * UNIT, nays: 16n * UNIT, support: 37n * UNIT });
    // A vote is changed by another, and taken back.
    await vote(api, index, aye(5n * UNIT, 'None'), dave);
    assert.deepEqual(await tally(api, index), { ayes: 35n * UNIT / 10n, nays: UNIT, support: 42n * UNIT });
    const track = (await api.query.referenda.referendumInfoFor(index)).unwrap().asOngoing.track;
    await submit(api, api.tx.convictionVoting.removeVote(track, index), dave);
    assert.deepEqual(await tally(api, index), { ayes: 3n * UNIT, nays: UNIT, support: 37n * UNIT });
  });

  test('who delegates votes with the other, until it undelegates', async () => {
    // With no other lock.
    const delegator = new Keyring({ type: 'sr25519' }).addFromUri('//Bob//stash');
    const index = await propose(api, origin('PermissionsAdmin'), api.tx.system.remark('0x02'), alice);
    const track = (await api.query.referenda.referendumInfoFor(index)).unwrap().asOngoing.track.toNumber();
    await submit(api, api.tx.convictionVoting.delegate(track, bob.address, 'Locked2x', 100n * UNIT), delegator);
    await vote(api, index, aye(10n * UNIT), bob);
    assert.deepEqual(await tally(api, index), { ayes: 210n * UNIT, nays: 0n, support: 110n * UNIT });
    await assert.rejects(vote(api, index, aye(UNIT), delegator), CallError);
    await submit(api, api.tx.convictionVoting.undelegate(track), delegator);
    assert.deepEqual(await tally(api, index), { ayes: 10n * UNIT, nays: 0n, support: 10n * UNIT });
  });

  test('tokens are locked for the periods of their conviction, and free after them', async () => {
    const index = await proposeWithDeposit(api, origin('ConsensusParameters'), api.tx.system.remark('0x03'), alice);
    await carry(index);
    await vote(api, index, aye(1_000n * UNIT, 'Locked2x'), ferdie);
    await ended(api, index, 'Approved');
    const { asApproved } = (await api.query.referenda.referendumInfoFor(index)).unwrap();
    const [decided] = asApproved;
    const track = 11;
    await submit(api, api.tx.convictionVoting.removeVote(track, index), ferdie);
    const locked = async () => {
      const locks = await api.query.balances.locks(ferdie.address);
      return locks.filter(({ id }) => id.toUtf8() === 'pyconvot').reduce((most, { amount }) => (amount.toBigInt() > most ? amount.toBigInt() : most), 0n);
    };
    const unlock = () => submit(api, api.tx.convictionVoting.unlock(track, ferdie.address), alice);
    await unlock();
    assert.equal(await locked(), 1_000n * UNIT, 'it is too early');
    const period = api.consts.convictionVoting.voteLockingPeriod.toNumber();
    await until('the lock to end', async () => (await node.best()) >= decided.toNumber() + 2 * period);
    await unlock();
    assert.equal(await locked(), 0n);
  });

  test('deposits come back after the end, and are slashed when a referendum is killed', async () => {
    const held = async ({ address }) => (await money(api, address)).held;
    const before = await held(eve);
    const index = await proposeWithDeposit(api, origin('StorageParameters'), api.tx.system.remark('0x04'), eve);
    const deposits = (await held(eve)) - before;
    assert.equal(deposits, 1_010n * UNIT);
    await assert.rejects(submit(api, api.tx.referenda.refundDecisionDeposit(index), eve), /Unfinished/);

    const killing = await proposeWithDeposit(api, origin('ReferendumKiller'), api.tx.referenda.kill(index), alice);
    const from = await node.best();
    await carry(killing);
    await ended(api, killing, 'Approved');
    await until('the other to be killed', async () => (await state(api, index)) === 'Killed');
    assert.equal(await held(eve), before, 'nothing is left of the deposits');
    // The treasury has them.
    for (const amount of [1_000n, 10n]) await happened(api, 'treasury', 'Deposit', from, ({ value }) => value.toBigInt() === amount * UNIT);

    // Of the one that passed they come back.
    const due = await held(alice);
    await submit(api, api.tx.referenda.refundDecisionDeposit(killing), alice);
    await submit(api, api.tx.referenda.refundSubmissionDeposit(killing), alice);
    assert.equal(due - (await held(alice)), 5_010n * UNIT);
  });

  test('a referendum that is voted down is rejected', async () => {
    const index = await proposeWithDeposit(api, origin('TreasuryBig'), api.tx.system.remark('0x05'), alice);
    await carry(index, nay);
    await ended(api, index, 'Rejected');
  });

  test('two thirds of the committee and a vote pass a call as root on the fast track', async () => {
    const call = api.tx.system.setStorage([['0x0123', '0x45']]);
    const hash = blake2AsHex(call.method.toU8a());
    const whitelist = api.tx.whitelist.whitelistCall(hash);
    const length = whitelist.method.encodedLength;
    const { weight } = await whitelist.paymentInfo(alice);
    await submit(api, api.tx.technicalCommittee.propose(2, whitelist, length), alice);
    const [proposal] = await api.query.technicalCommittee.proposals();
    for (const member of [alice, bob]) await submit(api, api.tx.technicalCommittee.vote(proposal, 0, true), member);
    await submit(api, api.tx.technicalCommittee.close(proposal, 0, { refTime: weight.refTime.toBigInt() * 2n, proofSize: 1_000_000n }, length), alice);
    const index = await proposeWithDeposit(api, origin('WhitelistedCaller'), api.tx.whitelist.dispatchWhitelistedCallWithPreimage(call), alice);
    await carry(index);
    await until('the call to be made', async () => (await api.rpc.state.getStorage('0x0123'))?.isSome ?? false, 120_000);
  });

  test('a proposal of root that is not whitelisted does nothing on the fast track', async () => {
    const index = await proposeWithDeposit(api, origin('WhitelistedCaller'), api.tx.system.setStorage([['0x0124', '0x45']]), alice);
    const from = await node.best();
    await carry(index);
    await ended(api, index, 'Approved');
    await happened(api, 'scheduler', 'Dispatched', from, ({ result }) => result.isErr && result.asErr.isBadOrigin);
    assert.ok((await api.rpc.state.getStorage('0x0124')).isNone);
  });

  test('nobody is root without a vote', async () => {
    await assert.rejects(submit(api, api.tx.system.setStorage([['0x0125', '0x45']]), alice), /BadOrigin/);
    await assert.rejects(submit(api, api.tx.system.authorizeUpgrade(`0x${'00'.repeat(32)}`), alice), /BadOrigin/);
    const index = await propose(api, ROOT, api.tx.system.remark('0x06'), bob);
    assert.equal(await state(api, index), 'Ongoing');
  });
});
