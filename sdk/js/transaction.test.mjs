import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import { test } from 'node:test';
import { MayStillBeIncluded, NotIncluded, outcomeOf, refusal, SignedForOtherRuntime, submit } from './index.mjs';

const number = (value) => ({ toNumber: () => value });
const hex = (value) => ({ toHex: () => value });

/**
 * A chain whose block number N has the hash "N" and the transactions `blocks[N]`, and a transaction that it knows by
 * "mine", signed by somebody whose next nonce is 7 and in the block after number 100 at the earliest.
 */
function chain() {
  const version = (spec) => ({ specName: 'bcai', specVersion: number(spec), transactionVersion: number(1) });
  const at = { best: 102, final: 100, blocks: {}, nonce: 7, unsubscribed: 0, offline: false, running: 5, asked: 0 };
  const answer = async (value) => {
    if (at.offline) throw new Error('WebSocket is not connected');
    return value();
  };
  const event = { section: 'system', method: 'ExtrinsicSuccess', data: [] };
  const api = Object.assign(new EventEmitter(), {
    runtimeVersion: version(5),
    rpc: {
      state: { getRuntimeVersion: () => answer(() => (at.asked++, version(at.running))) },
      system: { accountNextIndex: () => answer(() => number(7)) },
      chain: {
        getHeader: (hash) => answer(() => ({ number: number(hash ? at.final : at.best), ...hex(`${at.best}`), hash: hex(`${at.best}`) })),
        getFinalizedHead: () => answer(() => hex(`${at.final}`)),
        getBlockHash: (block) => answer(() => hex(`${block}${at.fork ?? ''}`)),
        getBlock: { raw: (hash) => answer(() => ({ block: { extrinsics: at.blocks[hash] ?? ['somebody'] } })) },
      },
    },
    registry: { createType: () => ({ asMortalEra: { birth: (block) => block } }) },
    at: () => answer(() => ({
      query: {
        system: {
          account: async () => ({ nonce: number(at.nonce) }),
          events: async () => [0, 1].map((index) => ({ event: { ...event, index }, phase: { isApplyExtrinsic: true, asApplyExtrinsic: number(index) } })),
        },
      },
    })),
  });
  const signed = {
    hash: hex('0xhash'),
    toHex: () => 'mine',
    send: async (report) => {
      at.report = (type, more = {}) => report({ status: { type, isInBlock: type === 'InBlock', asInBlock: hex('101') }, events: [{ event }], ...more });
      at.sent?.();
      return () => (at.unsubscribed += 1);
    },
  };
  const call = {
    signAsync: async (signer, options) => {
      at.options = options;
      return signed;
    },
  };
  const sent = new Promise((wake) => (at.sent = wake));
  return { at, api, call, signed, sent };
}
const dropped = (at) => at.report('Dropped', { isError: true });

test('a transaction in a block settles, and leaves nothing behind', async () => {
  const { at, api, call, sent } = chain();
  const submitted = submit(api, call, 'signer');
  await sent;
  at.report('InBlock');
  at.report('InBlock');
  const { block, events } = await submitted;
  assert.deepEqual([block, events.length, at.unsubscribed], ['101', 1, 1]);
  assert.equal(api.listenerCount('disconnected'), 0);
  assert.deepEqual([at.options.nonce, at.options.blockHash], [7, '100'], 'it lives from the final block on');
});

test('a transaction that no block takes in time may still be included, and says until when', async () => {
  const { at, api, call } = chain();
  await assert.rejects(submit(api, call, 'signer', { patience: 20 }), (error) => {
    assert.ok(error instanceof MayStillBeIncluded);
    assert.match(error.message, /no block after 0.02 s; transaction 0xhash may still be included until block 163/);
    assert.equal(error.until, 163);
    return true;
  });
  assert.equal(at.unsubscribed, 1);
});

test('a transaction that the pool dropped is found in the block that has it all the same', async () => {
  const { at, api, call, sent } = chain();
  const submitted = submit(api, call, 'signer');
  await sent;
  dropped(at);
  [at.blocks[103], at.best] = [['somebody', 'mine'], 103];
  const { block, events } = await submitted;
  assert.deepEqual([block, events.map(({ index }) => index)], ['103', [1]], 'with its own events and no others');
});

test('a dropped transaction is given up when its last block is final', async () => {
  const { at, api, call, sent } = chain();
  const submitted = submit(api, call, 'signer');
  await sent;
  dropped(at);
  [at.best, at.final] = [170, 162];
  const early = await Promise.race([submitted.catch((error) => error), new Promise((wake) => setTimeout(wake, 900, 'waits'))]);
  assert.equal(early, 'waits');
  at.final = 163;
  await assert.rejects(submitted, (error) => error instanceof NotIncluded && /block 163, its last one, is final/.test(error.message));
});

test('a dropped transaction is given up when another one with its nonce is final', async () => {
  const { at, api, call, sent } = chain();
  const submitted = submit(api, call, 'signer');
  await sent;
  at.report('Usurped', { isError: true });
  at.nonce = 8;
  await assert.rejects(submitted, (error) => error instanceof NotIncluded && /another transaction of signer with nonce 7/.test(error.message));
});

test('a block that another one took the place of is looked at again', async () => {
  const { at, api, call, sent } = chain();
  const submitted = submit(api, call, 'signer');
  await sent;
  dropped(at);
  await new Promise((wake) => setTimeout(wake, 200));
  Object.assign(at, { fork: "'", blocks: { "102'": ['mine'] } });
  assert.equal((await submitted).block, "102'");
});

test('the nonce is used up by the transaction itself where its block is final', async () => {
  const { at, api, call, sent } = chain();
  const submitted = submit(api, call, 'signer');
  await sent;
  dropped(at);
  Object.assign(at, { nonce: 8, best: 105, final: 104, blocks: { 102: ['mine'] } });
  assert.equal((await submitted).block, '102');
});

test('a lost connection is waited out', async () => {
  const { at, api, call, sent } = chain();
  const submitted = submit(api, call, 'signer');
  await sent;
  at.offline = true;
  api.emit('disconnected');
  await new Promise((wake) => setTimeout(wake, 500));
  Object.assign(at, { offline: false, blocks: { 101: ['mine'] } });
  assert.equal((await submitted).block, '101');
  assert.equal(at.unsubscribed, 1);
});

test('what was left open is answered later', async () => {
  const { at, api, call } = chain();
  const { transaction } = await submit(api, call, 'signer', { patience: 20 }).catch((error) => error);
  at.blocks[102] = ['mine'];
  assert.equal((await outcomeOf(api, transaction)).block, '102');
});

test('a transaction that the node refuses is not waited for; one that it knows already is', async () => {
  const refusing = (code) => {
    const { at, api, call, signed } = chain();
    signed.send = () => Promise.reject(Object.assign(new Error(`${code}: refused`), { code }));
    at.blocks[102] = ['mine'];
    return submit(api, call, 'signer');
  };
  await assert.rejects(refusing(1010), { code: 1010 });
  await assert.rejects(refusing(1016), { code: 1016 });
  assert.equal((await refusing(1012)).block, '102');
  assert.equal((await refusing(1013)).block, '102');
});

test('a refused transaction that was signed for another runtime says so, with both versions and what to do', async () => {
  const refused = Object.assign(new Error('1010: Invalid Transaction: Transaction has a bad signature'), { code: 1010 });
  const refusing = (change) => {
    const { at, api, call, signed } = chain();
    signed.send = () => {
      Object.assign(at, change);
      return Promise.reject(refused);
    };
    return submit(api, call, 'signer');
  };
  await assert.rejects(refusing({ running: 6 }), (error) => {
    assert.ok(error instanceof SignedForOtherRuntime);
    assert.match(error.message, /signed for bcai 5 \(transactions 1\), and the node runs bcai 6 \(transactions 1\): .* sign it again .*bad signature/);
    assert.deepEqual([error.cause, error.signedFor.specVersion, error.running.specVersion], [refused, 5, 6]);
    return true;
  });
  await assert.rejects(refusing({}), (error) => error === refused);
  await assert.rejects(refusing({ offline: true }), (error) => error === refused, 'the node that refused is gone meanwhile');
  const { at, api } = chain();
  assert.ok((await refusal(api, refused, { specName: 'bcai', specVersion: 4, transactionVersion: 1 })) instanceof SignedForOtherRuntime);
  assert.equal(at.asked, 1);
});

test('a transaction that the node takes asks for no version', async () => {
  const { at, api, call, sent } = chain();
  const submitted = submit(api, call, 'signer');
  await sent;
  at.report('InBlock');
  await submitted;
  assert.equal(at.asked, 0);
});
