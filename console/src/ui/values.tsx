// Single values, each shown the same way everywhere.

import { useEffect } from 'preact/hooks';
import { developmentAccounts } from '../chain/accounts.ts';
import type { Chain } from '../chain/connection.ts';
import { useChain } from '../chain/state.ts';
import { Store, useStore } from '../chain/store.ts';
import { amount, count, short, span } from './format.ts';

/** Counts seconds while somebody looks at an age. */
const now = new Store(Date.now());
let watchers = 0;
let clock = 0;

export function useNow(): number {
  useEffect(() => {
    if (watchers++ === 0) clock = window.setInterval(() => now.set(Date.now()), 1_000);
    return () => {
      if (--watchers === 0) window.clearInterval(clock);
    };
  }, []);
  return useStore(now);
}

/** How long ago a block was made; clocks of machines differ, so a moment in the future is now. */
export function Age({ of }: { of: number }) {
  const current = useNow();
  return <time dateTime={new Date(of).toISOString()} title={new Date(of).toLocaleString()}>{span(Math.max(0, current - of))} ago</time>;
}

const names = new WeakMap<Chain, Map<string, string>>();

function developmentName(chain: Chain, address: string): string | undefined {
  let known = names.get(chain);
  if (!known) {
    known = new Map(developmentAccounts(chain).map(({ address, name }) => [address, name]));
    names.set(chain, known);
  }
  return known.get(address);
}

/** An account; on a chain for development with the name that its well-known key has. */
export function Address({ of, full = false }: { of: string; full?: boolean }) {
  const name = developmentName(useChain(), of);
  return (
    <span class="address" title={of}>
      {name && <span class="name">{name} </span>}
      <span class="mono">{full ? of : short(of)}</span>
    </span>
  );
}

export const Hash = ({ of, full = false }: { of: string; full?: boolean }) => <span class="mono hash" title={of}>{full ? of : short(of, 8)}</span>;

/** An amount of the chain's token, given in its smallest unit. */
export function Amount({ of, places }: { of: bigint; places?: number }) {
  const { decimals, symbol } = useChain();
  return <span class="number" title={`${amount(of, decimals, decimals)} ${symbol}`}>{amount(of, decimals, places)} {symbol}</span>;
}

export const BlockNumber = ({ of }: { of: number }) => <span class="number">#{count(of)}</span>;

/** How long it is until a block, from another one. */
export function Until({ block, from }: { block: number; from: number }) {
  const { blockTime } = useChain();
  return block > from ? <span>in {span((block - from) * blockTime)}</span> : <span>now</span>;
}
