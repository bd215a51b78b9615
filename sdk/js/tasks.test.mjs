import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import { test } from 'node:test';
import { PostingFeeTooHigh, postTask } from './index.mjs';

const FEE = 1_048_576_000_000_000n;
const order = { paramSet: 0, m: 8, n: 16, slabs: 3, rootA: '0x0a', rootB: '0x0b', bounty: 5n, deadline: 99 };

/** A chain that puts every transaction into a block. */
function chain() {
  const posted = [];
  const number = { toNumber: () => 1 };
  const event = { section: 'pouw', method: 'TaskPosted', data: Object.assign([], { task: { toNumber: () => 3 } }) };
  const signed = {
    hash: { toHex: () => '0x01' },
    toHex: () => '0x02',
    send: async (report) => {
      setImmediate(report, { status: { isInBlock: true, asInBlock: { toHex: () => '0x03' } }, events: [{ event }] });
      return () => {};
    },
  };
  const call = (...parameters) => {
    posted.push(parameters);
    return { signAsync: async () => signed };
  };
  const api = Object.assign(new EventEmitter(), {
    runtimeVersion: { specName: 'bcai', specVersion: number, transactionVersion: number },
    tx: { pouw: { postTask: call } },
    events: { pouw: { TaskPosted: { is: (each) => each === event } } },
    registry: { createType: () => ({ asMortalEra: { birth: (block) => block } }) },
    rpc: {
      system: { accountNextIndex: async () => number },
      chain: { getHeader: async () => ({ number, hash: { toHex: () => '0x00' } }), getFinalizedHead: async () => ({ toHex: () => '0x00' }) },
    },
  });
  const rpc = async (method, ...parameters) => {
    assert.deepEqual([method, ...parameters], ['pouw_postingQuote', 0, 8, 16, 3, '5']);
    return { fee: FEE.toString(), bond: '1' };
  };
  return { api, rpc, posted };
}

test('a task is posted for what the node quotes, and not more', async () => {
  const { api, rpc, posted } = chain();
  assert.deepEqual(await postTask(api, rpc, 'signer', order), { task: 3, block: '0x03' });
  assert.deepEqual(posted, [[0, 8, 16, 3, '0x0a', '0x0b', 5n, 99, FEE]]);
});

test('a requester may allow more, for a fee that rises until the task is in its block', async () => {
  const { api, rpc, posted } = chain();
  await postTask(api, rpc, 'signer', { ...order, maxFee: FEE * 2n });
  assert.equal(posted[0][8], FEE * 2n);
});

test('a quote above what the requester allows is refused before anything is sent', async () => {
  const { api, rpc, posted } = chain();
  await assert.rejects(postTask(api, rpc, 'signer', { ...order, maxFee: FEE - 1n }), (error) => {
    assert.ok(error instanceof PostingFeeTooHigh);
    assert.equal(error.message, `the posting fee is ${FEE}, which is more than the maxFee of ${FEE - 1n}`);
    return true;
  });
  assert.equal(posted.length, 0);
});
