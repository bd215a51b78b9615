import { useChain } from '../../chain/state.ts';
import { amount, short } from '../../ui/format.ts';
import type { Voice } from './words.ts';

/** How this chain's amounts and accounts are written; `full` where there is room to compare hashes. */
export function useVoice(full = false): Voice {
  const { decimals, symbol } = useChain();
  return {
    amount: (value) => `${amount(value, decimals)} ${symbol}`,
    account: (address) => short(address),
    hash: (value) => (full ? value : short(value, 8)),
  };
}
