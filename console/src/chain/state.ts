// The chain's state at a block, and pages that follow it.

import type { ApiDecoration } from '@polkadot/api/types';
import { createContext } from 'preact';
import { useContext, useEffect, useRef, useState } from 'preact/hooks';
import type { Head } from './blocks.ts';
import type { Chain, Connection } from './connection.ts';
import { useStore } from './store.ts';

/** What a page reads: all of it belongs to one block. Which pallets there are differs from chain to chain, so nothing is typed. */
export interface State extends Head {
  chain: Chain;
  query: Record<string, any>;
  consts: Record<string, any>;
  call: Record<string, any>;
  registry: ApiDecoration<'promise'>['registry'];
  runtimeVersion: ApiDecoration<'promise'>['runtimeVersion'];
}

export async function stateOf(chain: Chain, { number, hash }: Head): Promise<State> {
  const at = await chain.api.at(hash);
  const { registry, runtimeVersion } = at;
  return { chain, number, hash, query: at.query as any, consts: at.consts as any, call: at.call as any, registry, runtimeVersion };
}

/** The same by number, or undefined where this node has pruned it. */
export async function stateAt(chain: Chain, number: number): Promise<State | undefined> {
  try {
    const hash = (await chain.api.rpc.chain.getBlockHash(number)).toHex();
    return await stateOf(chain, { number, hash });
  } catch (error) {
    if (isPruned(error)) return undefined;
    throw error;
  }
}

/** What `read` gives of a state, or undefined where this node has pruned it. */
export async function readAt<T>(chain: Chain, number: number, read: (state: State) => Promise<T>): Promise<T | undefined> {
  const state = await stateAt(chain, number);
  try {
    return state && (await read(state));
  } catch (error) {
    if (isPruned(error)) return undefined;
    throw error;
  }
}

/** Answers of this chain's nodes, and of others of the SDK. */
const isPruned = (error: unknown): boolean =>
  (error as { code?: number }).code === 10_901 || /discarded|pruned/i.test(String((error as Error).message));

export const ConnectionContext = createContext<Connection | undefined>(undefined);

export function useConnection(): Connection {
  const connection = useContext(ConnectionContext);
  if (!connection) throw new Error('there is no connection around this page');
  return connection;
}

/** The chain that pages are shown of; they are not shown before there is one. */
export const ChainContext = createContext<Chain | undefined>(undefined);

export function useChain(): Chain {
  const chain = useContext(ChainContext);
  if (!chain) throw new Error('there is no chain around this page');
  return chain;
}

export interface Loaded<T> {
  value?: T;
  /** Why the value is of an earlier block, or isn't there, in one line. */
  error?: string;
}

/** What `load` gives, for every new best block again; `key` says what it depends on beside the block. */
export function useAtHead<T>(load: (state: State) => Promise<T>, key = ''): Loaded<T> {
  const chain = useChain();
  const head = useStore(chain.blocks.best);
  const [loaded, setLoaded] = useState<Loaded<T> & { of?: string; by?: Chain }>({});
  // One at a time: what comes meanwhile is read when that is done.
  const running = useRef({ now: false, wanted: undefined as (() => Promise<void>) | undefined });
  const of = `${chain.api.genesisHash.toHex()} ${key}`;
  const current = useRef(of);
  current.current = of;

  useEffect(() => {
    if (!head) return;
    running.current.wanted = async () => {
      try {
        const value = await load(await stateOf(chain, head));
        if (current.current === of) setLoaded({ of, by: chain, value });
      } catch (error) {
        if (current.current === of) setLoaded((before) => ({ ...(before.of === of ? before : { of }), by: chain, error: oneLine(error) }));
      }
    };
    void (async () => {
      if (running.current.now) return;
      running.current.now = true;
      for (let next = running.current.wanted; next; next = running.current.wanted) {
        running.current.wanted = undefined;
        await next();
      }
      running.current.now = false;
    })();
  }, [chain, head?.hash, of]);

  if (loaded.of !== of) return {};
  // What went wrong with a connection of before is over.
  return loaded.by === chain ? loaded : { value: loaded.value };
}

/** What an error says, in one line. */
export function oneLine(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.split('\n')[0].trim() || 'an error without words';
}
