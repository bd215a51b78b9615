import assert from 'node:assert/strict';
import { test } from 'node:test';
import { expandMetadata, Metadata, TypeRegistry } from '@polkadot/types';
import hex from '@polkadot/types-support/metadata/v15/substrate-hex';
import { blake2AsHex } from '@polkadot/util-crypto';
import { effects, judged } from './effects.mjs';
import { originOf, shown } from './shown.mjs';

const registry = new TypeRegistry();
const metadata = new Metadata(registry, registry.createType('Option<Bytes>', Buffer.from(hex.slice(2), 'hex')).unwrap().toHex());
registry.setMetadata(metadata);
const { tx } = expandMetadata(registry, metadata);

const CODE = `0x${'c0de'.repeat(100)}`;
const HASH = blake2AsHex(CODE);
const OTHER = `0x${'66'.repeat(32)}`;
const ALICE = '5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY';
const right = tx.system.authorizeUpgrade(HASH);
const other = tx.system.authorizeUpgrade(OTHER);
const remark = tx.system.remark('0x00');
const WEIGHT = { refTime: 1, proofSize: 1 };
const FAST = 'Origins.WhitelistedCaller';

/** What a chain knows that has whitelisted and stored these calls. */
const chain = ({ stored = [], allowed = [] } = {}) => ({
  preimage: async (wanted) => stored.find((call) => blake2AsHex(call.toU8a()) === wanted),
  whitelisted: async (wanted) => allowed.some((call) => blake2AsHex(call.toU8a()) === wanted),
});
const verdict = async (call, as = 'Root', has = {}) => judged(await effects(call, as, chain(has)), HASH);
const is = async (word, reason, ...asked) => {
  const found = await verdict(...asked);
  assert.equal(found.verdict, word, `${shown(asked[0])}: ${found.reason}`);
  assert.match(found.reason, reason);
};

test('a call of root that authorises or sets this code agrees, alone or in a batch', async () => {
  for (const call of [right, tx.system.authorizeUpgradeWithoutChecks(HASH), tx.system.setCode(CODE), tx.system.setCodeWithoutChecks(CODE)]) {
    for (const around of [call, tx.utility.batch([call]), tx.utility.batchAll([call]), tx.utility.forceBatch([call]), tx.utility.withWeight(tx.utility.batchAll([call]), WEIGHT)]) {
      await is('AGREES', /this very runtime/, around);
    }
  }
  await is('AGREES', /this very runtime/, tx.utility.dispatchAs({ system: 'Root' }, right));
});

test('other code is found wherever a call has it', async () => {
  const inside = [
    (call) => call,
    (call) => tx.utility.batchAll([right, call]),
    (call) => tx.utility.batch([remark, tx.utility.forceBatch([call])]),
    (call) => tx.utility.withWeight(call, WEIGHT),
    (call) => tx.utility.ifElse(right, call),
    (call) => tx.utility.asDerivative(1, call),
    (call) => tx.utility.dispatchAs({ system: 'Root' }, call),
    (call) => tx.utility.dispatchAsFallible({ system: { Signed: ALICE } }, call),
    (call) => tx.proxy.proxy({ Id: ALICE }, null, call),
    (call) => tx.proxy.proxyAnnounced({ Id: ALICE }, { Id: ALICE }, null, call),
    (call) => tx.multisig.asMultiThreshold1([ALICE], call),
    (call) => tx.multisig.asMulti(2, [ALICE], null, call, WEIGHT),
    (call) => tx.scheduler.schedule(100, null, 0, call),
    (call) => tx.scheduler.scheduleNamedAfter(`0x${'00'.repeat(32)}`, 100, null, 0, call),
    (call) => tx.whitelist.dispatchWhitelistedCallWithPreimage(call),
    (call) => tx.sudo.sudo(call),
    (call) => tx.council.execute(call, 100),
  ];
  for (const around of inside) {
    for (const call of [other, tx.system.authorizeUpgradeWithoutChecks(OTHER), tx.system.setCode('0x6666'), tx.system.setCodeWithoutChecks('0x6666'), tx.system.applyAuthorizedUpgrade('0x6666'), tx.system.setStorage([['0x3a636f6465', '0x6666']])]) {
      await is('DIFFERS', /they are not the same runtime$/, around(call));
    }
  }
  await is('DIFFERS', /not the same/, tx.whitelist.dispatchWhitelistedCall(blake2AsHex(other.toU8a()), other.encodedLength, WEIGHT), FAST, { stored: [other], allowed: [other] });
});

test('only root sets code', async () => {
  await is('DIFFERS', /^system.authorizeUpgrade as Origins.TreasurySmall is refused: only root sets code$/, right, 'Origins.TreasurySmall');
  await is('DIFFERS', /as Signed\(5Grw\w+\) is refused/, tx.utility.dispatchAs({ system: { Signed: ALICE } }, right));
  for (const call of [
    tx.proxy.proxy({ Id: ALICE }, null, right), tx.proxy.proxyAnnounced({ Id: ALICE }, { Id: ALICE }, null, right),
    tx.multisig.asMultiThreshold1([ALICE], right), tx.multisig.asMulti(2, [ALICE], null, right, WEIGHT), tx.utility.asDerivative(1, right),
  ]) {
    await is('DIFFERS', /as an account, by \w+\.\w+, is refused/, call);
  }
  // Who isn't root can't speak as root either.
  await is('DIFFERS', /as Origins.TreasurySmall is refused/, tx.utility.dispatchAs({ system: 'Root' }, right), 'Origins.TreasurySmall');
});

test('what the committee has whitelisted is made as root, and nothing else is', async () => {
  const whole = tx.whitelist.dispatchWhitelistedCallWithPreimage(right);
  const named = tx.whitelist.dispatchWhitelistedCall(blake2AsHex(right.toU8a()), right.encodedLength, WEIGHT);
  for (const call of [whole, named]) {
    for (const as of ['Root', FAST]) {
      await is('AGREES', /very runtime/, call, as, { stored: [right], allowed: [right] });
      await is('UNKNOWN', /^the committee has not whitelisted the call 0x/, call, as, { stored: [right] });
    }
    await is('DIFFERS', /only root/, call, 'Origins.TreasuryBig', { stored: [right], allowed: [right] });
  }
  await is('UNKNOWN', /^the call 0x[0-9a-f]{64} isn't on the chain$/, named, FAST, { allowed: [right] });
});

test('what can not be told is unknown', async () => {
  await is('UNKNOWN', /does more, which is for you to judge: balances.forceSetBalance$/, tx.utility.batchAll([right, tx.balances.forceSetBalance({ Id: ALICE }, 1)]));
  await is('UNKNOWN', /^scheduler.schedule makes its call in a later block/, tx.scheduler.schedule(100, null, 0, right));
  await is('UNKNOWN', /one of two/, tx.utility.ifElse(right, right));
  await is('UNKNOWN', /^whether sudo.sudo makes its call, and as whom$/, tx.sudo.sudo(right));
  await is('UNKNOWN', /authorised before$/, tx.system.applyAuthorizedUpgrade(CODE));
  await is('UNKNOWN', /^system.killPrefix changes storage/, tx.system.killPrefix('0x', 1));
  await is('UNKNOWN', /^system.setStorage changes storage/, tx.utility.batch([tx.system.setStorage([['0x00', '0x00']])]));
  await is('UNKNOWN', /^system.setStorage changes storage/, tx.system.setStorage([['0x3a636f6465', CODE]]));
});

test('a call that sets no code is no upgrade', async () => {
  for (const call of [remark, tx.utility.batchAll([remark, tx.balances.forceSetBalance({ Id: ALICE }, 1)]), tx.proxy.proxy({ Id: ALICE }, null, remark)]) {
    await is('NO UPGRADE', /nothing in the call above sets code/, call);
  }
});

test('calls are shown with all that is in them, and bytes as hex', () => {
  assert.equal(shown(tx.utility.batchAll([other, tx.system.remark('0x1b5b324b')])), `utility.batchAll(calls: [system.authorizeUpgrade(codeHash: ${OTHER}), system.remark(remark: 0x1b5b324b)])`);
  assert.equal(shown(tx.system.setCode(CODE)), `system.setCode(code: (200 bytes, blake2-256 ${HASH}))`);
  assert.equal(shown(tx.balances.forceSetBalance({ Id: ALICE }, 7)), `balances.forceSetBalance(who: Id(${ALICE}), newFree: 7)`);
  assert.equal(originOf(tx.utility.dispatchAs({ system: 'Root' }, remark).args[0]), 'Root');
  assert.equal(originOf(tx.utility.dispatchAs({ system: { Signed: ALICE } }, remark).args[0]), `Signed(${ALICE})`);
});
