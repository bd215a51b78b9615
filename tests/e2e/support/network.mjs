// Several nodes of one chain, each of which knows the ones before it.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Keyring } from '@polkadot/api';
import { Node, rawSpec, succeed, until } from './node.mjs';

/** Their names in the URIs of their keys. Development keys. */
export const VALIDATORS = ['Alice', 'Bob', 'Charlie', 'Dave'];

export class Network {
  nodes = [];

  /** The local chain with four validators, and these parameters of its genesis beside those that it has. */
  static async ofFour(folder, parameters = {}) {
    const plain = JSON.parse(await succeed('export-chain-spec', '--chain=local'));
    const { patch } = plain.genesis.runtimeGenesis;
    const [sr25519, ed25519] = ['sr25519', 'ed25519'].map((type) => new Keyring({ type, ss58Format: 3131 }));
    patch.session.keys = VALIDATORS.map((name) => {
      const { address } = sr25519.addFromUri(`//${name}`);
      return [address, address, { babe: address, grandpa: ed25519.addFromUri(`//${name}`).address }];
    });
    Object.assign(patch.origins.parameters, parameters);
    const path = join(folder, 'plain.json');
    writeFileSync(path, JSON.stringify(plain));
    const network = new Network();
    network.spec = await rawSpec(folder, path);
    return network;
  }

  /** Starts a node with these options. */
  async dial(...options) {
    const running = this.nodes.filter((each) => !each.ended);
    const bootnodes = await Promise.all(running.map((each) => each.address()));
    const node = await Node.run(`--chain=${this.spec}`, ...bootnodes.map((each) => `--bootnodes=${each}`), ...options);
    this.nodes.push(node);
    return node;
  }

  /** Starts the validators, the first of them with these options. */
  async dialValidators(...options) {
    const validators = [];
    for (const name of VALIDATORS) validators.push(await this.dial(`--${name.toLowerCase()}`, '--validator', ...(validators.length === 0 ? options : [])));
    return validators;
  }

  remove() {
    return Promise.all(this.nodes.map((each) => each.remove()));
  }
}

export const hashAt = (node, number) => node.rpc('chain_getBlockHash', number);

export const isFinal = (node, number) => until(`finality of block ${number}`, async () => (await node.finalized()) >= number, 120_000);

/** Watches a node until what it gives is called, which gives the longest time without a new final block, in ms. */
export function watchFinality(node) {
  let ended = false;
  const watched = (async () => {
    let [final, since, longest] = [0, Date.now(), 0];
    while (!ended) {
      const number = await node.finalized();
      if (number > final) [final, since] = [number, Date.now()];
      longest = Math.max(longest, Date.now() - since);
      await new Promise((wake) => setTimeout(wake, 50));
    }
    return longest;
  })();
  return () => {
    ended = true;
    return watched;
  };
}
