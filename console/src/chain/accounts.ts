// Who signs: accounts of a wallet that the browser has, and on chains for development the keys that everybody knows.

import type { Signer as Wallet } from '@polkadot/api/types';
import type { KeyringPair } from '@polkadot/keyring/types';
import { Keyring } from '@polkadot/api';
import { CallError, submit } from '@bcai/sdk';
import { happening, type Happening } from './blocks.ts';
import type { Chain } from './connection.ts';
import { Store } from './store.ts';

export interface Account {
  /** Of this chain. */
  address: string;
  name: string;
  /** The wallet that it is of, by the name that the wallet gives itself; a development key is of none. */
  wallet?: string;
}

/** What a wallet puts into the page as `injectedWeb3`. */
interface Injected {
  version?: string;
  enable(origin: string): Promise<{
    accounts: { get(): Promise<{ address: string; name?: string; type?: string }[]> };
    signer: Wallet;
  }>;
}

const injected = (): Record<string, Injected> => (window as { injectedWeb3?: Record<string, Injected> }).injectedWeb3 ?? {};

/** The wallets of this browser, by name. */
export const wallets = (): string[] => Object.keys(injected()).sort();

const NAMES = ['Alice', 'Bob', 'Charlie', 'Dave', 'Eve', 'Ferdie'];
const signers = new Map<string, Wallet>();
let pairs: Map<string, KeyringPair> | undefined;

function developmentPairs(): Map<string, KeyringPair> {
  const keyring = new Keyring({ type: 'sr25519' });
  pairs ??= new Map(NAMES.map((name) => [name, keyring.addFromUri(`//${name}`)]));
  return pairs;
}

const addressOn = (chain: Chain, key: string | Uint8Array): string => chain.api.registry.createType('AccountId', key).toString();

/** Well-known keys, of chains that say themselves that they are for development; of a live one none. */
export function developmentAccounts(chain: Chain): Account[] {
  if (chain.type === 'Live') return [];
  return [...developmentPairs()].map(([name, { publicKey }]) => ({ name, address: addressOn(chain, publicKey) }));
}

/** Accounts of wallets that have let this page look, over all connections. */
export const walletAccounts = new Store<{ name: string; key: string; wallet: string }[]>([]);

/** The one that signs next. */
export const chosen = new Store<Account | undefined>(undefined);

/** Asks a wallet for its accounts; the wallet asks its owner. */
export async function connectWallet(wallet: string): Promise<void> {
  const { accounts, signer } = await injected()[wallet].enable('BCAI console');
  const found = (await accounts.get()).filter(({ type }) => type !== 'ethereum');
  if (found.length === 0) throw new Error(`${wallet} shows no account to this page`);
  signers.set(wallet, signer);
  const others = walletAccounts.value.filter((account) => account.wallet !== wallet);
  walletAccounts.set([...others, ...found.map(({ address, name }) => ({ name: name ?? 'without a name', key: address, wallet }))]);
}

export const walletAccountsOn = (chain: Chain): Account[] =>
  walletAccounts.value.map(({ key, ...account }) => ({ ...account, address: addressOn(chain, key) }));

/** A call in its block, with the events of its own. Errors: of the sdk's `submit`. */
export async function send(chain: Chain, account: Account, call: any): Promise<Happening[]> {
  const pair = account.wallet === undefined ? developmentPairs().get(account.name) : undefined;
  if (!pair) chain.api.setSigner(signers.get(account.wallet ?? '') as Wallet);
  const { block, events } = await submit(chain.api, call, pair ?? account.address);
  const { number } = await chain.api.rpc.chain.getHeader(block);
  return events.map((event) => happening(number.toNumber(), event));
}

/** What a failed transaction says to whoever sent it, in one line. */
export function refusal(error: unknown): string {
  if (error instanceof CallError) return error.message;
  const text = error instanceof Error ? error.message : String(error);
  return text.split('\n')[0].replace(/^\d+: /, '');
}
