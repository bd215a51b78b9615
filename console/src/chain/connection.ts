// The connection to a node: opened, and opened again when it is lost. Each time everything is asked anew, so that a node that
// was restarted with another chain is shown as what it is.

import { apiOptions, rpcOf, type Rpc } from '@bcai/sdk';
import { ApiPromise, WsProvider } from '@polkadot/api';
import { Blocks } from './blocks.ts';
import { endpointProblem } from './endpoint.ts';
import { Store } from './store.ts';

/** A chain as long as one connection lasts. */
export interface Chain {
  api: ApiPromise;
  /** Asks the node's own methods. */
  rpc: Rpc;
  name: string;
  /** As the chain's spec says. */
  type: 'Development' | 'Local' | 'Live';
  symbol: string;
  decimals: number;
  /** Milliseconds that a block is meant to take. */
  blockTime: number;
  blocks: Blocks;
}

export type Phase =
  | { name: 'connecting' }
  | { name: 'connected' }
  /** `reason` says why in a few words; the next attempt comes by itself. */
  | { name: 'lost'; reason: string }
  | { name: 'refused'; reason: string };

const PAUSE = 1_000;
const PATIENCE = 15_000;
/** Of a chain that doesn't tell. */
const BLOCK_TIME = 6_000;

export class Connection {
  readonly phase = new Store<Phase>({ name: 'connecting' });
  /** The chain that was reached last: it stays while the connection is lost. */
  readonly chain = new Store<Chain | undefined>(undefined);
  #ended = false;
  #end = () => {};

  constructor(readonly endpoint: string) {
    const problem = endpointProblem(endpoint);
    if (problem) this.phase.set({ name: 'refused', reason: problem });
    else void this.#keep();
  }

  close(): void {
    this.#ended = true;
    this.#end();
  }

  async #keep(): Promise<void> {
    while (!this.#ended) {
      let reason = 'the node closed the connection';
      try {
        await this.#once();
      } catch (error) {
        reason = error instanceof Error ? error.message : String(error);
      }
      if (this.#ended) return;
      this.phase.set({ name: 'lost', reason });
      await new Promise((wake) => setTimeout(wake, PAUSE));
    }
  }

  /** Opens a connection and returns when it has ended. */
  async #once(): Promise<void> {
    const provider = new WsProvider(this.endpoint, false);
    const lost = new Promise<void>((resolve) => {
      provider.on('disconnected', () => resolve());
      this.#end = () => resolve();
    });
    try {
      const chain = await Promise.race([open(provider), lost, late()]);
      if (!chain || this.#ended) throw new Error('no node answers there');
      this.chain.set(chain);
      this.phase.set({ name: 'connected' });
      await lost;
    } finally {
      this.#end = () => {};
      await provider.disconnect().catch(() => {});
    }
  }
}

const late = () =>
  new Promise<never>((_, reject) => {
    setTimeout(() => reject(new Error(`no answer within ${PATIENCE / 1000} s`)), PATIENCE);
  });

async function open(provider: WsProvider): Promise<Chain> {
  await provider.connect();
  await provider.isReady;
  const api = await ApiPromise.create({ provider, ...apiOptions });
  const [name, type, properties] = await Promise.all([api.rpc.system.chain(), api.rpc.system.chainType(), api.rpc.system.properties()]);
  const blocks = new Blocks(api);
  await blocks.start();
  return {
    api,
    rpc: rpcOf(provider, { patience: 0 }),
    name: name.toString(),
    type: type.isDevelopment ? 'Development' : type.isLocal ? 'Local' : 'Live',
    symbol: properties.tokenSymbol.unwrapOr(undefined)?.[0]?.toString() ?? 'units',
    decimals: properties.tokenDecimals.unwrapOr(undefined)?.[0]?.toNumber() ?? 0,
    blockTime: Number(api.consts.babe?.expectedBlockTime ?? BLOCK_TIME),
    blocks,
  };
}
