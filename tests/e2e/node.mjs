// A bcai-node in a folder of its own, which a test can kill and start again, and the connection to it.

import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { connect as tcp, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ApiPromise, Keyring, WsProvider } from '@polkadot/api';
import { cryptoWaitReady } from '@polkadot/util-crypto';

/** The binary; scripts/test sets it. */
export const BINARY = process.env.BCAI_NODE;
if (!BINARY) throw new Error('BCAI_NODE must name the bcai-node binary; scripts/build prints it');

/** Well-known development accounts, by the name in their URI. */
await cryptoWaitReady();
const keyring = new Keyring({ type: 'sr25519' });
export const account = Object.fromEntries(
  ['Alice', 'Bob', 'Charlie', 'Dave', 'Eve', 'Ferdie'].map((name) => [name.toLowerCase(), keyring.addFromUri(`//${name}`)]),
);

/** Runs the binary to its end: { status, stdout, stderr }. A binary that goes on for `patience` ms has status null. */
export function command(parameters, patience = 180_000) {
  return spawnSync(BINARY, parameters, { encoding: 'utf8', timeout: patience, killSignal: 'SIGKILL', maxBuffer: 1 << 28 });
}

/** A port on loopback that nobody listens on. */
export async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}

/** Waits until `condition` gives something true, and gives it back. */
export async function until(what, condition, patience = 60_000) {
  const deadline = Date.now() + patience;
  for (;;) {
    const result = await condition();
    if (result) return result;
    if (Date.now() > deadline) throw new Error(`waited ${patience / 1000} s for: ${what}`);
    await new Promise((wake) => setTimeout(wake, 25));
  }
}

function answers(port) {
  return new Promise((resolve) => {
    const socket = tcp(port, '127.0.0.1');
    socket.on('connect', () => resolve(true)).on('error', () => resolve(false));
    socket.on('connect', () => socket.destroy());
  });
}

export class Node {
  /** A validating node of a development chain; `options` are added to its command line. */
  static async start(...options) {
    const node = new Node();
    node.folder = mkdtempSync(join(tmpdir(), 'bcai-e2e-'));
    node.log = join(node.folder, 'node.log');
    node.port = await freePort();
    node.options = options.some((option) => option.startsWith('--rpc-methods')) ? options : ['--rpc-methods=unsafe', ...options];
    try {
      await node.launch();
      await node.connect();
    } catch (error) {
      await node.remove();
      throw error;
    }
    return node;
  }

  get url() {
    return `ws://127.0.0.1:${this.port}`;
  }

  /** Starts the process with the database that is there, and waits until it answers. */
  async launch() {
    const output = openSync(this.log, 'a');
    this.process = spawn(
      BINARY,
      [
        '--chain=dev', '--alice', '--validator', '--force-authoring', `--base-path=${join(this.folder, 'data')}`,
        '--unsafe-force-node-key-generation', `--rpc-port=${this.port}`,
        '--listen-addr=/ip4/127.0.0.1/tcp/0', '--no-mdns', '--no-prometheus', '--no-telemetry', ...this.options,
      ],
      { stdio: ['ignore', output, output] },
    );
    closeSync(output);
    await until('the node to answer', () => {
      if (this.process.exitCode !== null) throw new Error(`the node ended with ${this.process.exitCode}:\n${this.lastLines()}`);
      return answers(this.port);
    }, 180_000);
  }

  async connect() {
    this.provider = new WsProvider(this.url);
    this.api = await ApiPromise.create({ provider: this.provider, noInitWarn: true });
  }

  /** Calls a method of the node. */
  rpc = (method, ...parameters) => this.provider.send(method, parameters);

  /** Ends the process as a power cut would. */
  async kill() {
    const ended = once(this.process, 'exit');
    this.process.kill('SIGKILL');
    await ended;
    await this.api?.disconnect();
  }

  /** Starts the killed node again, with a new connection in `api`. */
  async restart() {
    await this.launch();
    await this.connect();
  }

  /** Number of the best block. */
  async best() {
    return Number((await this.rpc('chain_getHeader')).number);
  }

  lastLines(count = 30) {
    return readFileSync(this.log, 'utf8').split('\n').slice(-count).join('\n');
  }

  async remove() {
    await this.api?.disconnect();
    if (this.process?.exitCode === null && this.process.signalCode === null) await this.kill();
    rmSync(this.folder, { recursive: true, force: true });
  }
}
