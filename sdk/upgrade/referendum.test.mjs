import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TypeRegistry } from '@polkadot/types';
import { authorized } from './referendum.mjs';

const registry = new TypeRegistry();
const HASH = `0x${'11'.repeat(32)}`;
const OTHER = `0x${'66'.repeat(32)}`;
const some = (value) => ({ isSome: true, isNone: false, unwrap: () => value });
const none = { isSome: false, isNone: true };
const number = (value) => ({ toNumber: () => value });
const approved = some({ isApproved: true, asApproved: [number(10)] });
const code = (hash) => ({ toHex: () => hash });
const lost = new Error('disconnected from ws://127.0.0.1:9944: 1006:: Abnormal Closure');

/** A chain whose head is one block further each time that somebody asks; `blocks` tells from which number on what is so, from 10 on. */
function chain(blocks, happened = () => []) {
  let best = 9;
  const at = (block) => ({
    scheduled: none, postponed: none, upgrade: none, code: OTHER, info: approved,
    ...Object.assign({}, ...Object.entries(blocks).filter(([from]) => Number(from) <= block).map(([, each]) => each)),
  });
  const query = (block) => {
    const has = (name) => async () => {
      if (at(block).lost) throw lost;
      return at(block)[name];
    };
    return {
      referenda: { referendumInfoFor: has('info') },
      system: { authorizedUpgrade: has('upgrade'), events: async () => happened(block) },
      scheduler: { lookup: has('scheduled'), incompleteSince: has('postponed') },
    };
  };
  return {
    registry: { createType: (...type) => registry.createType(...type), findMetaError: () => ({ section: 'system', name: 'CallFiltered' }) },
    at: async (hash) => ({ query: query(hash.number) }),
    rpc: {
      chain: {
        getHeader: async () => {
          best += 1;
          return { number: number(best), hash: { number: best, toHex: () => `block ${best}` } };
        },
        getBlockHash: async (number) => ({ number }),
      },
      state: { getStorageHash: async (_, { number }) => code(at(number).code) },
    },
  };
}
const upgrade = (hash) => some({ codeHash: code(hash) });
const PENDING = { scheduled: some('where') };
const dispatched = (result) => (id) => ({ event: { section: 'scheduler', method: 'Dispatched', data: { id: some({ toHex: () => id }), result } } });

test('an enactment is waited for, through a lost connection', { timeout: 20_000 }, async () => {
  const found = await authorized(chain({ 10: PENDING, 11: { lost: true }, 12: { lost: false }, 13: { ...PENDING, scheduled: none, upgrade: upgrade(HASH) } }), 7, HASH);
  assert.deepEqual(found, { number: 13, block: 'block 13', applied: false });
});

test('what somebody else has applied is applied', { timeout: 20_000 }, async () => {
  assert.deepEqual(await authorized(chain({ 10: PENDING, 11: { scheduled: none, code: HASH } }), 7, HASH), { number: 11, block: 'block 11', applied: true });
});

test('an enactment that is postponed, or undone by another fork, is waited for', { timeout: 20_000 }, async () => {
  const found = await authorized(chain({ 10: { postponed: some(10) }, 11: { postponed: none, info: some({ isApproved: false }) }, 12: { info: approved, upgrade: upgrade(HASH) } }), 7, HASH);
  assert.equal(found.number, 12);
});

test('an enactment that failed ends the wait with its error', { timeout: 20_000 }, async () => {
  // As the chain names it: blake2-256 of ("assembly", "enactment", 7).
  const id = '0x2e72be6180f81033020d914b3120fb8e9cb02b80ee2d1cd8a0c78740f9dd3dbc';
  const failed = (error) => chain({ 10: PENDING, 11: { scheduled: none } }, (block) => (block === 11 ? [dispatched({ isErr: true, asErr: error })(id)] : []));
  await assert.rejects(authorized(failed({ isModule: false, type: 'BadOrigin' }), 7, HASH), /^Error: referendum 7 passed, but its enactment authorised nothing of this runtime: it failed in block 11 with BadOrigin$/);
  await assert.rejects(authorized(failed({ isModule: true }), 7, HASH), /with system.CallFiltered$/);
});

test('an enactment of another runtime ends the wait', { timeout: 20_000 }, async () => {
  await assert.rejects(authorized(chain({ 10: PENDING, 11: { scheduled: none, upgrade: upgrade(OTHER) } }), 7, HASH), new RegExp(`${OTHER} is authorised$`));
  await assert.rejects(authorized(chain({ 10: {} }), 7, HASH), /it is over, and no upgrade is authorised$/);
});
