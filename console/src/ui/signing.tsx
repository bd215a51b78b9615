// Who signs, and a button that sends a call and says what became of it.

import { useEffect, useState } from 'preact/hooks';
import { chosen, connectWallet, developmentAccounts, refusal, send, walletAccounts, walletAccountsOn, wallets, type Account } from '../chain/accounts.ts';
import type { Happening } from '../chain/blocks.ts';
import { oneLine, useAtHead, useChain } from '../chain/state.ts';
import { useStore } from '../chain/store.ts';
import { Badge } from './parts.tsx';
import { Amount } from './values.tsx';

/** Chooses the account that signs on this page and on others. */
export function Signer() {
  const chain = useChain();
  useStore(walletAccounts);
  const account = useStore(chosen);
  const [problem, setProblem] = useState<string>();
  const development = developmentAccounts(chain);
  const ofWallets = walletAccountsOn(chain);
  const all = [...ofWallets, ...development];
  const key = ({ wallet, address }: Account) => `${wallet ?? ''} ${address}`;
  const current = account && all.find((each) => key(each) === key(account));
  // Of another chain, or of a wallet that is gone.
  useEffect(() => {
    if (account && !current) chosen.set(undefined);
  }, [account, current]);
  const { value: free } = useAtHead(async ({ query }) => (current ? (await query.system.account(current.address)).data.free.toBigInt() as bigint : undefined), current?.address);

  const connect = async (wallet: string) => {
    setProblem(undefined);
    try {
      await connectWallet(wallet);
    } catch (error) {
      setProblem(`${wallet}: ${oneLine(error)}`);
    }
  };
  const unconnected = wallets().filter((wallet) => !ofWallets.some((each) => each.wallet === wallet));

  return (
    <div class="signer">
      <label for="signer">Sign with</label>
      <div class="row">
        <select
          id="signer"
          value={current ? key(current) : ''}
          disabled={all.length === 0}
          onChange={(event) => chosen.set(all.find((each) => key(each) === event.currentTarget.value))}
        >
          <option value="">{all.length === 0 ? 'no account' : 'choose an account'}</option>
          {[...new Set(ofWallets.map(({ wallet }) => wallet))].map((wallet) => (
            <optgroup label={wallet}>
              {ofWallets.filter((each) => each.wallet === wallet).map((each) => <option value={key(each)}>{each.name} ({each.address.slice(0, 8)}…)</option>)}
            </optgroup>
          ))}
          {development.length > 0 && (
            <optgroup label="Development keys, which everybody knows">
              {development.map((each) => <option value={key(each)}>{each.name} (development key)</option>)}
            </optgroup>
          )}
        </select>
        {unconnected.map((wallet) => <button type="button" class="quiet" onClick={() => void connect(wallet)}>Connect {wallet}</button>)}
      </div>
      {current && free !== undefined && <p class="note">{current.wallet === undefined && <><Badge tone="warn">development key</Badge> Everybody knows it. </>}It has <Amount of={free} />.</p>}
      {all.length > 0 && !current && <p class="note">Choose an account before you send anything.</p>}
      {all.length === 0 && unconnected.length === 0 && <p class="note">To sign here, open this page in a browser with a wallet for Substrate chains.</p>}
      {problem && <p class="problem" role="alert">{problem}</p>}
    </div>
  );
}

type Sending = { name: 'idle' } | { name: 'sending' } | { name: 'done'; block: number } | { name: 'failed'; reason: string };

/** A button that has a call signed and sent. `call` may throw what is wrong with what was typed, in one line. */
export function Act({ label, call, done, quiet, disabled }: { label: string; call: () => any; done?: (events: Happening[]) => void; quiet?: boolean; disabled?: boolean }) {
  const chain = useChain();
  const account = useStore(chosen);
  const [sending, setSending] = useState<Sending>({ name: 'idle' });

  const act = async () => {
    if (!account) return;
    setSending({ name: 'sending' });
    try {
      const events = await send(chain, account, call());
      setSending({ name: 'done', block: events[0]?.block ?? 0 });
      done?.(events);
    } catch (error) {
      setSending({ name: 'failed', reason: refusal(error) });
    }
  };

  return (
    <div class="act">
      <button type="button" class={quiet ? 'quiet' : ''} disabled={disabled || !account || sending.name === 'sending'} onClick={() => void act()}>{label}</button>
      <span role="status" class={sending.name === 'failed' ? 'failed' : 'muted'}>
        {sending.name === 'sending' && 'waits for its block …'}
        {sending.name === 'done' && `done in block ${sending.block}`}
        {sending.name === 'failed' && sending.reason}
      </span>
    </div>
  );
}
