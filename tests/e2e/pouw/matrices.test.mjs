import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { fetchBlob, upload } from '@bcai/sdk';
import { matrices } from '../support/matrices.mjs';
import { Node } from '../support/node.mjs';

const MIB = 1 << 20;
const ZERO = `0x${'00'.repeat(32)}`;
let node;

before(async () => {
  node = await Node.start('dev', '--task-store-max-bytes=8M', '--task-store-max-blob=4M');
});
after(() => node?.remove());

const refused = (code, method, ...parameters) => assert.rejects(node.rpc(method, ...parameters), { code }, `${method} ${JSON.stringify(parameters).slice(0, 80)}`);
const hex = (bytes) => `0x${Buffer.from(bytes).toString('hex')}`;
const started = (rows = 8, kind = 'a') => node.rpc('pouw_uploadStart', { kind, paramSet: 0, rows });

test('a matrix goes in and comes out in parts, under the root that the requester computes itself', async () => {
  const { a, rootA } = matrices(2048, 8, 3);
  const info = await upload(node.rpc, { kind: 'a', paramSet: 0, rows: 2048 }, a.data);
  assert.deepEqual(info, { root: rootA, kind: 'a', paramSet: 0, slabs: 1, leaves: 256, length: 2 * MIB });
  assert.deepEqual(await node.rpc('pouw_blobInfo', rootA), info);
  assert.ok(Buffer.from(await fetchBlob(node.rpc, rootA)).equals(Buffer.from(a.data.buffer)));
  const again = await upload(node.rpc, { kind: 'a', paramSet: 0, rows: 2048 }, a.data);
  assert.deepEqual(again, info, 'the same bytes twice are one blob');
});

test('a matrix of several slabs has a root of its own, and a strip is a leaf whatever its slabs', async () => {
  const { a, rootA } = matrices(64, 8, 7, 2100);
  const about = { kind: 'a', paramSet: 0, rows: 64, slabs: 3 };
  const info = await upload(node.rpc, about, a.data);
  assert.deepEqual(info, { root: rootA, kind: 'a', paramSet: 0, slabs: 3, leaves: 8, length: 64 * 3072 });
  assert.deepEqual(await node.rpc('pouw_blobInfo', rootA), info);
  assert.ok(Buffer.from(await fetchBlob(node.rpc, rootA)).equals(Buffer.from(a.data.buffer)));
  const narrow = await upload(node.rpc, { ...about, rows: 3 * 64, slabs: 1 }, a.data);
  assert.deepEqual([narrow.leaves, narrow.length], [24, info.length]);
  assert.notEqual(narrow.root, rootA, 'the same bytes in other slabs are another matrix');
});

test('parts may be repeated but not left out', async () => {
  const { uploadId } = await started();
  const part = hex(new Uint8Array(1024));
  await node.rpc('pouw_uploadPart', uploadId, 0, part);
  const { received } = await node.rpc('pouw_uploadPart', uploadId, 0, part);
  assert.equal(received, 1024);
  await refused(10007, 'pouw_uploadPart', uploadId, 4096, part);
  await refused(10008, 'pouw_uploadFinish', uploadId);
  assert.equal(await node.rpc('pouw_uploadAbort', uploadId), true);
  assert.equal(await node.rpc('pouw_uploadAbort', uploadId), false);
  await refused(10005, 'pouw_uploadPart', uploadId, 1024, part);
});

test('every malformed upload has its own error', async () => {
  const start = (about) => ['pouw_uploadStart', { kind: 'a', paramSet: 0, rows: 8, ...about }];
  await refused(10001, ...start({ paramSet: 7 }));
  await refused(10002, ...start({ rows: 12 }));
  await refused(10002, ...start({ rows: 0 }));
  await refused(10002, ...start({ cols: 8 }));
  await refused(10002, ...start({ kind: 'c' }));
  for (const slabs of [0, 9]) await refused(10002, ...start({ slabs }));
  await refused(10002, ...start({ kind: 'c', cols: 8, slabs: 1 }));
  await refused(-32602, ...start({ slabs: 256 }));
  await refused(10003, ...start({ rows: 1 << 20 }));
  await refused(-32602, ...start({ kind: 'x' }));
  await refused(-32602, 'pouw_uploadStart');
  await refused(10005, 'pouw_uploadPart', 'nonsense', 0, '0x00');
});

test('a part that is empty, too long or not hex is refused', async () => {
  const { uploadId } = await started(2048);
  await refused(10006, 'pouw_uploadPart', uploadId, 0, '0x');
  await refused(10006, 'pouw_uploadPart', uploadId, 0, hex(new Uint8Array(MIB + 1)));
  await refused(-32602, 'pouw_uploadPart', uploadId, 0, '0xzz');
  await node.rpc('pouw_uploadAbort', uploadId);
});

test('bytes beyond the declared length are refused', async () => {
  const { uploadId } = await started();
  await refused(10008, 'pouw_uploadPart', uploadId, 0, hex(new Uint8Array(8 * 1024 + 1)));
  await node.rpc('pouw_uploadAbort', uploadId);
});

test('a value outside of [-64, 64] is refused, and its place is named', async () => {
  const bytes = new Int8Array(8 * 1024);
  bytes[5000] = 65;
  await assert.rejects(upload(node.rpc, { kind: 'a', paramSet: 0, rows: 8 }, bytes), (error) => error.code === 10009 && /5000/.test(error.message));
});

test('a root that differs from the expected one is refused', async () => {
  const { uploadId } = await started();
  await node.rpc('pouw_uploadPart', uploadId, 0, hex(new Uint8Array(8 * 1024)));
  await refused(10010, 'pouw_uploadFinish', uploadId, ZERO);
});

test('open uploads are limited, and ending one makes room', async () => {
  const open = [];
  for (let index = 0; index < 16; index++) open.push((await started()).uploadId);
  await refused(10004, 'pouw_uploadStart', { kind: 'a', paramSet: 0, rows: 8 });
  for (const id of open) await node.rpc('pouw_uploadAbort', id);
  await node.rpc('pouw_uploadAbort', (await started()).uploadId);
});

test('fetching is bounded', async () => {
  const { bt, rootB } = matrices(8, 8, 5);
  await upload(node.rpc, { kind: 'b', paramSet: 0, rows: 8 }, bt.data);
  await refused(10011, 'pouw_fetch', ZERO, 0, 1);
  await refused(10012, 'pouw_fetch', rootB, 0, 0);
  await refused(10012, 'pouw_fetch', rootB, 0, MIB + 1);
  await refused(10012, 'pouw_fetch', rootB, 8 * 1024, 1);
  assert.equal(await node.rpc('pouw_fetch', rootB, 8 * 1024 - 2, MIB), hex(bt.data.slice(-2)));
  assert.equal(await node.rpc('pouw_blobInfo', ZERO), null);
});

test('a full store refuses, and still serves what it has', async () => {
  const roots = [];
  await assert.rejects(
    async () => {
      for (let seed = 1000; seed < 1010; seed++) {
        const { a, rootA } = matrices(2048, 8, seed);
        await upload(node.rpc, { kind: 'a', paramSet: 0, rows: 2048 }, a.data);
        roots.push(rootA);
      }
    },
    { code: 10013 },
  );
  assert.ok(roots.length >= 1);
  assert.ok(await node.rpc('pouw_blobInfo', roots[0]));
});

test('a public endpoint answers questions and refuses uploads', async () => {
  const open = await Node.start('dev', '--rpc-methods=safe');
  try {
    const blocked = (method, ...parameters) => assert.rejects(open.rpc(method, ...parameters), { code: -32601 });
    await blocked('pouw_uploadStart', { kind: 'a', paramSet: 0, rows: 8 });
    await blocked('pouw_uploadPart', '0', 0, '0x00');
    await blocked('pouw_uploadFinish', '0');
    await blocked('pouw_uploadAbort', '0');
    assert.equal(await open.rpc('pouw_blobInfo', ZERO), null);
    assert.equal(await open.rpc('pouw_task', 0), null);
  } finally {
    await open.remove();
  }
});
