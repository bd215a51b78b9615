// Clients that ask and don't read: what a node keeps for them is bounded, and others are still served.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { after, before, test } from 'node:test';
import { Node, until } from '../support/node.mjs';
import { PausedSocket } from '../support/websocket.mjs';

const MIB = 1 << 20;
/** What the node's options allow to wait, and room for what is being computed and for the allocator. */
const CONNECTION = 16 * MIB;
const NODE = 64 * MIB;
const NODE_DEFAULT = 256 * MIB;
const ROOM = 192 * MIB;
const IN_FLIGHT = 10_900;
const CODE = '0x3a636f6465';

let node;
let root;
let asked = 0;

/** Starts the node of these tests, with a matrix to ask for. */
async function start(...options) {
  node = await Node.start('dev', ...options);
  const { uploadId } = await node.rpc('pouw_uploadStart', { kind: 'a', paramSet: 0, rows: 1024 });
  const half = `0x${'01'.repeat(MIB / 2)}`;
  for (const offset of [0, MIB / 2]) await node.rpc('pouw_uploadPart', uploadId, offset, half);
  ({ root } = await node.rpc('pouw_uploadFinish', uploadId));
  await node.rpc('pouw_fetch', root, 0, MIB);
}

before(() => start('--rpc-max-in-flight=64', '--rpc-max-in-flight-per-connection=16'));
after(() => node?.remove());

/** A figure of /proc in bytes: VmRSS now, VmHWM at its highest. */
function memory(figure) {
  const status = readFileSync(`/proc/${node.process.pid}/status`, 'utf8');
  return Number(new RegExp(`${figure}:\\s+(\\d+) kB`).exec(status)[1]) * 1024;
}

/** Calls of this method that the node has an answer to, read or not. */
async function finished(method) {
  const lines = (await node.metrics()).split('\n').filter((line) => line.startsWith('substrate_rpc_calls_finished') && line.includes(`method="${method}"`));
  return lines.reduce((sum, line) => sum + Number(line.split(' ').pop()), 0);
}

/** Asks by `ask`, waits until so many calls are answered, and gives by how much the node's peak is above what it had. */
async function growth(count, method, ask) {
  // The highest so far is forgotten, so that a test isn't hidden by one before it.
  writeFileSync(`/proc/${node.process.pid}/clear_refs`, '5');
  const [peak, done] = [memory('VmHWM'), await finished(method)];
  await ask();
  asked += count;
  await until(`${count} calls of ${method} to be answered`, async () => (await finished(method)) - done >= count, 120_000);
  return memory('VmHWM') - peak;
}

/** Asks without reading; otherwise as `growth`. */
const flood = (sockets, times, method, parameters) => growth(sockets.length * times, method, () => {
  for (const socket of sockets) for (let id = 0; id < times; id++) socket.ask(id, method, parameters);
});

/** One message that asks for the matrix `length` times. */
const batch = (length) => JSON.stringify(Array.from({ length }, (_, id) => ({ jsonrpc: '2.0', id, method: 'pouw_fetch', params: [root, 0, MIB] })));

/** Sends a text of some hundred bytes to some tens of thousands, as one frame. */
function send(socket, text) {
  assert.ok(text.length > 125 && text.length < 1 << 16, `a length of two bytes: ${text.length}`);
  socket.tcp.write(Buffer.concat([Buffer.from([0x81, 0xfe, text.length >> 8, text.length & 255]), Buffer.alloc(4), Buffer.from(text)]));
}

const open = (count) => Promise.all(Array.from({ length: count }, () => PausedSocket.open(node.port)));
const megabytes = (bytes) => `${Math.round(bytes / 1e6)} MB`;

test('one connection that does not read holds no more than its share, and hears so', async (t) => {
  const [socket] = await open(1);
  const grown = await flood([socket], 500, 'pouw_fetch', [root, 0, MIB]);
  t.diagnostic(`500 answers of 2 MiB, one connection: peak + ${megabytes(grown)}`);
  assert.ok(grown < CONNECTION + ROOM, megabytes(grown));
  const answers = await socket.answers(500);
  const good = answers.filter(({ result }) => result?.length === 2 + 2 * MIB);
  assert.ok(good.length >= 4 && good.length < 40, `${good.length} were held`);
  for (const { error } of answers.filter(({ result }) => !result)) assert.equal(error.code, IN_FLIGHT, error.message);
  // Whoever has read is served again.
  socket.ask(500, 'pouw_fetch', [root, 0, MIB]);
  assert.equal((await socket.answers(1))[0].result.length, 2 + 2 * MIB);
  socket.close();
});

test('methods of the SDK that answer with much are bounded in the same way', async (t) => {
  const [socket] = await open(1);
  const grown = await flood([socket], 300, 'state_getStorage', [CODE]);
  t.diagnostic(`300 times the runtime's code, one connection: peak + ${megabytes(grown)}`);
  assert.ok(grown < CONNECTION + ROOM, megabytes(grown));
  socket.close();
});

test('batches are bounded in the same way', async (t) => {
  // Seven answers are as many as one message, or one connection, may hold.
  for (const [batches, length] of [[30, 7], [1, 60]]) {
    const [socket] = await open(1);
    const grown = await growth(batches * length, 'pouw_fetch', () => {
      for (let i = 0; i < batches; i++) send(socket, batch(length));
    });
    t.diagnostic(`${batches} batches of ${length} answers of 2 MiB, one connection: peak + ${megabytes(grown)}`);
    assert.ok(grown < CONNECTION + ROOM, megabytes(grown));
    const answers = (await socket.answers(batches)).flat();
    assert.equal(answers.length, batches * length);
    const good = answers.filter(({ result }) => result?.length === 2 + 2 * MIB);
    assert.ok(good.length >= 4 && good.length < 40, `${good.length} were held`);
    for (const { error } of answers.filter(({ result }) => !result)) assert.equal(error.code, IN_FLIGHT, error.message);
    socket.close();
  }
});

test('many connections hold no more than the node allows, and those that read are served', async (t) => {
  const sockets = await open(12);
  const grown = await flood(sockets, 100, 'pouw_fetch', [root, 0, MIB]);
  t.diagnostic(`12 connections of 100 answers of 2 MiB: peak + ${megabytes(grown)}`);
  assert.ok(grown < NODE + ROOM, megabytes(grown));
  // The node makes room: whoever has read nothing for long gives way.
  await until('room for a client that reads', () => node.rpc('pouw_fetch', root, 0, MIB).catch(({ code }) => assert.equal(code, IN_FLIGHT)));
  sockets.forEach((socket) => socket.close());
});

test('HTTP clients that do not read are counted as well', async (t) => {
  // Three calls each: all answers to one would be within the bound.
  const body = batch(3);
  const request = `POST / HTTP/1.1\r\nHost: 127.0.0.1:${node.port}\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
  let sockets;
  const grown = await growth(80 * 3, 'pouw_fetch', async () => {
    sockets = await Promise.all(Array.from({ length: 90 }, async () => {
      const socket = connect(node.port, '127.0.0.1').on('error', () => {});
      socket.pause();
      await once(socket, 'connect');
      socket.write(request);
      return socket;
    }));
  });
  t.diagnostic(`90 HTTP connections of 3 answers of 2 MiB: peak + ${megabytes(grown)}`);
  assert.ok(grown < NODE + ROOM, megabytes(grown));
  sockets.forEach((socket) => socket.destroy());
});

test('what was held is given back when the connections are gone', async (t) => {
  await until('nothing to be in flight', async () => /bcai_rpc_in_flight_bytes\S* 0\n/.test(await node.metrics()));
  t.diagnostic(`after ${asked} calls: ${megabytes(memory('VmRSS'))}`);
  assert.equal((await node.rpc('pouw_fetch', root, 0, MIB)).length, 2 + 2 * MIB);
});

test('subscriptions that are not read are bounded in the same way', async (t) => {
  const [socket] = await open(1);
  const grown = await flood([socket], 200, 'state_subscribeStorage', [[CODE]]);
  socket.close();
  t.diagnostic(`200 subscriptions to the runtime's code, one connection: peak + ${megabytes(grown)}`);
  assert.ok(grown < CONNECTION + ROOM, megabytes(grown));
});

test('what one subscription tells is bounded', async (t) => {
  const [socket] = await open(1);
  const grown = await flood([socket], 1, 'state_subscribeStorage', [Array(160).fill(CODE)]);
  const [{ error }] = await socket.answers(1);
  assert.equal(error.code, IN_FLIGHT, error.message);
  socket.close();
  t.diagnostic(`one subscription to 160 times the runtime's code: peak + ${megabytes(grown)}`);
  assert.ok(grown < CONNECTION + ROOM, megabytes(grown));
});

test('a node with the default options has a bound as well', async (t) => {
  await node.remove();
  await start();
  const sockets = await open(40);
  const grown = await flood(sockets, 8, 'pouw_fetch', [root, 0, MIB]);
  t.diagnostic(`40 connections of 8 answers of 2 MiB: peak + ${megabytes(grown)}`);
  assert.ok(grown < NODE_DEFAULT + ROOM, megabytes(grown));
  sockets.forEach((socket) => socket.close());
});
