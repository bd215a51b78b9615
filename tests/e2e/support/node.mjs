// A bcai-node in a folder of its own, which a test can kill and start again, and the connection to it.

import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { connect as tcp, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { apiOptions } from '@bcai/sdk';
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

// Tests that are ended early, at their deadline for example, leave no node behind.
const running = new Set();
process.on('exit', () => running.forEach((child) => child.kill('SIGKILL')));
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(1));

/** Has a process killed at the latest when the tests of this file are at their end. */
export function endWithTests(child) {
  running.add(child);
  child.on('exit', () => running.delete(child));
  return child;
}

/**
 * Runs the binary to its end: { status, stdout, stderr, error }. A binary that doesn't start, or goes on for `patience`
 * ms, has no status but an error. Other nodes' connections are served meanwhile: they would be closed by a long silence.
 */
export function command(parameters, patience = 180_000) {
  return new Promise((resolve) => {
    const options = { timeout: patience, killSignal: 'SIGKILL', maxBuffer: 1 << 28 };
    endWithTests(execFile(BINARY, parameters, options, (error, stdout, stderr) => {
      if (error && typeof error.code !== 'number') resolve({ status: null, stdout, stderr, error });
      else resolve({ status: error?.code ?? 0, stdout, stderr });
    }));
  });
}

/** Runs the binary to its end, which has to be a good one; gives what it prints. */
export async function succeed(...parameters) {
  const { status, stdout, stderr, error } = await command(parameters);
  if (status !== 0) throw new Error(`${parameters[0]} ended with ${status ?? error}: ${stderr}`);
  return stdout;
}

/**
 * Writes the spec of a chain, an id or a plain spec's path, as `folder`/raw.json and gives its path: raw, so that no start
 * has to compile the runtime for the genesis.
 */
export async function rawSpec(folder, chain) {
  const raw = join(folder, 'raw.json');
  await succeed('export-chain-spec', '--raw', `--chain=${chain}`, `--output=${raw}`);
  return raw;
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

/** Does something listen on this port? */
export function answers(port) {
  return new Promise((resolve) => {
    const socket = tcp(port, '127.0.0.1');
    socket.on('connect', () => resolve(true)).on('error', () => resolve(false));
    socket.on('connect', () => socket.destroy());
  });
}

export class Node {
  /** The only validator of a chain, an id or a spec's path; `options` are added to its command line. */
  static start(chain, ...options) {
    return Node.run(`--chain=${chain}`, '--alice', '--validator', '--force-authoring', ...options);
  }

  /** A node with these options, in a new folder. */
  static run(...options) {
    return Node.on(undefined, ...options);
  }

  /** A node with these options, on a base path that is there. */
  static async on(data, ...options) {
    const node = new Node();
    node.folder = mkdtempSync(join(tmpdir(), 'bcai-e2e-'));
    node.data = data ?? join(node.folder, 'data');
    node.log = join(node.folder, 'node.log');
    // Chosen once, so that other nodes find this one again after a restart.
    [node.port, node.networkPort, node.metricsPort] = await Promise.all([freePort(), freePort(), freePort()]);
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
    const child = endWithTests(spawn(
      BINARY,
      [
        `--base-path=${this.data}`, '--unsafe-force-node-key-generation', `--rpc-port=${this.port}`,
        `--listen-addr=/ip4/127.0.0.1/tcp/${this.networkPort}`, `--prometheus-port=${this.metricsPort}`,
        '--no-mdns', '--no-telemetry', ...this.options,
      ],
      { stdio: ['ignore', output, output] },
    ));
    closeSync(output);
    this.process = child;
    await until('the node to answer', () => {
      if (this.ended) throw new Error(`the node ended with ${child.exitCode ?? child.signalCode}:\n${this.lastLines()}`);
      return answers(this.port);
    }, 180_000);
  }

  async connect() {
    this.provider = new WsProvider(this.url);
    this.api = await ApiPromise.create({ provider: this.provider, ...apiOptions });
  }

  /** Calls a method of the node. */
  rpc = (method, ...parameters) => this.provider.send(method, parameters);

  /** Ends the process as a power cut would. */
  kill() {
    return this.end('SIGKILL');
  }

  /** Ends the process as an operator does; gives its exit code. */
  stop() {
    return this.end('SIGTERM');
  }

  /** Is there no process, or none any more? */
  get ended() {
    return !this.process || this.process.exitCode !== null || this.process.signalCode !== null;
  }

  async end(signal) {
    if (!this.ended) {
      const exit = once(this.process, 'exit');
      this.process.kill(signal);
      await exit;
    }
    await this.api?.disconnect();
    return this.process?.exitCode;
  }

  /** Starts the ended node again, with a new connection in `api`. */
  async restart() {
    await this.launch();
    await this.connect();
  }

  /** Where other nodes find this one. */
  async address() {
    const all = await until('the node to listen', async () => {
      const found = await this.rpc('system_localListenAddresses');
      return found.some((each) => each.startsWith('/ip4/127.0.0.1/')) && found;
    });
    return all.find((each) => each.startsWith('/ip4/127.0.0.1/'));
  }

  /** Number of the best block. */
  async best() {
    return Number((await this.rpc('chain_getHeader')).number);
  }

  /** Number of the last block that is final. */
  async finalized() {
    return Number((await this.rpc('chain_getHeader', await this.rpc('chain_getFinalizedHead'))).number);
  }

  /** What the node shows to Prometheus, as text. */
  async metrics() {
    const response = await fetch(`http://127.0.0.1:${this.metricsPort}/metrics`);
    if (!response.ok) throw new Error(`metrics: ${response.status}`);
    return response.text();
  }

  /** All that the node has logged. */
  logged() {
    return readFileSync(this.log, 'utf8');
  }

  lastLines(count = 30) {
    return this.logged().split('\n').slice(-count).join('\n');
  }

  async remove() {
    await this.kill();
    rmSync(this.folder, { recursive: true, force: true });
  }
}
