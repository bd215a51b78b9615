import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fetchBlob, fromHex, toHex, upload } from './index.mjs';

const refusal = (code) => Object.assign(new Error(`${code}: refused`), { code });

/** A node that stores one matrix, with the limits of its own and of its server; `sizes` are those of the messages. */
function node({ length, maxPartBytes = 1 << 20, serverRequest = Infinity, serverAnswer = Infinity, limits }) {
  const bytes = new Uint8Array(length);
  const sizes = [];
  const rpc = async (method, ...parameters) => {
    switch (method) {
      case 'pouw_limits':
        if (!limits) throw refusal(-32601);
        return limits;
      case 'pouw_uploadStart': return { uploadId: '1', length, maxPartBytes };
      case 'pouw_uploadPart': {
        const part = fromHex(parameters[2]);
        if (2 * part.length > serverRequest) throw refusal(-32007);
        if (part.length > maxPartBytes) throw refusal(10006);
        sizes.push(part.length);
        bytes.set(part, parameters[1]);
        return { received: parameters[1] + part.length };
      }
      case 'pouw_uploadFinish': return { length };
      case 'pouw_blobInfo': return { length };
      case 'pouw_fetch':
        if (2 * parameters[2] > serverAnswer) throw refusal(-32008);
        sizes.push(parameters[2]);
        return toHex(bytes.subarray(parameters[1], parameters[1] + parameters[2]));
      default: throw new Error(method);
    }
  };
  return { rpc, bytes, sizes };
}
const about = { kind: 'a', paramSet: 0, rows: 8 };
const matrix = (length) => Int8Array.from({ length }, (_, index) => (index * 7) % 129 - 64);

test('parts are as large as the node says', async () => {
  const there = node({ length: 2500, maxPartBytes: 1000 });
  const data = matrix(2500);
  await upload(there.rpc, about, data);
  assert.deepEqual(there.sizes, [1000, 1000, 500]);
  assert.deepEqual(new Int8Array(there.bytes.buffer), data);
});

test('parts are halved until the server takes them', async () => {
  const there = node({ length: 40_000, maxPartBytes: 30_000, serverRequest: 16_000 });
  const data = matrix(40_000);
  await upload(there.rpc, about, data);
  assert.deepEqual(there.sizes, [7500, 7500, 7500, 7500, 7500, 2500]);
  assert.deepEqual(new Int8Array(there.bytes.buffer), data);
});

test('a server that takes nothing is not asked for ever', async () => {
  await assert.rejects(upload(node({ length: 40_000, serverRequest: 10 }).rpc, about, matrix(40_000)), { code: -32007 });
});

test('what is fetched comes in parts as large as the node says', async () => {
  const there = node({ length: 2500, limits: { maxFetchBytes: 2000 } });
  there.bytes.set(new Uint8Array(matrix(2500).buffer));
  assert.deepEqual(await fetchBlob(there.rpc, '0x00'), there.bytes);
  assert.deepEqual(there.sizes, [2000, 500]);
});

test('what is fetched from a node that says nothing is halved until the answer fits', async () => {
  const there = node({ length: 1_200_000, serverAnswer: 1_000_000 });
  there.bytes.set(new Uint8Array(matrix(1_200_000).buffer));
  assert.ok(Buffer.from(await fetchBlob(there.rpc, '0x00')).equals(Buffer.from(there.bytes)));
  assert.deepEqual(there.sizes, [262144, 262144, 262144, 262144, 151424]);
});

test('hex is read and written whole', () => {
  const all = Uint8Array.from({ length: 256 }, (_, index) => index);
  assert.equal(toHex(all), `0x${Buffer.from(all).toString('hex')}`);
  assert.deepEqual(fromHex(toHex(all).toUpperCase().replace('X', 'x')), all);
  assert.equal(toHex(new Int8Array([-1])), '0xff');
  for (const wrong of ['00', '0x0', '0xzz']) assert.throws(() => fromHex(wrong), /is not 0x and pairs of hex digits/);
});
