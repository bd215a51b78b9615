// A vote on a referendum that goes on.

import { useState } from 'preact/hooks';
import type { Plain } from '../../chain/plain.ts';
import { useChain } from '../../chain/state.ts';
import { blocksSpan, parseAmount } from '../../ui/format.ts';
import { Card } from '../../ui/parts.tsx';
import { Act, Signer } from '../../ui/signing.tsx';
import { inVoteWords } from './votes.ts';
import type { Referendum } from './referenda.ts';
import { useVoice } from './voice.ts';

const CONVICTIONS = ['None', 'Locked1x', 'Locked2x', 'Locked3x', 'Locked4x', 'Locked5x', 'Locked6x'];

export function VoteForm({ referendum: { index, track }, vote }: { referendum: Referendum; vote?: Plain }) {
  const { api, decimals, symbol, blockTime } = useChain();
  const voice = useVoice();
  const [text, setText] = useState('');
  const [conviction, setConviction] = useState('Locked1x');
  const period = Number(api.consts.convictionVoting?.voteLockingPeriod ?? 0);

  const cast = (aye: boolean) => () => {
    const balance = parseAmount(text, decimals);
    if (balance === 0n) throw new Error('a vote needs an amount above 0');
    return api.tx.convictionVoting.vote(index, { Standard: { vote: { aye, conviction }, balance } });
  };
  const delegated = typeof vote === 'object' && vote !== null && 'delegated' in vote;

  return (
    <Card title="Vote">
      <div class="stack">
        <Signer />
        {vote !== undefined && <p data-testid="own-vote">{inVoteWords(vote, voice)}</p>}
        <div class="fields">
          <div>
            <label for="amount">Amount, in {symbol}</label>
            <input id="amount" inputMode="decimal" placeholder="100" value={text} onInput={(event) => setText(event.currentTarget.value)} autocomplete="off" />
          </div>
          <div>
            <label for="conviction">Conviction</label>
            <select id="conviction" value={conviction} onChange={(event) => setConviction(event.currentTarget.value)}>
              {CONVICTIONS.map((name, power) => (
                <option value={name}>{power === 0 ? 'counts 0.1, no lock' : `counts ${power}, locked for ${blocksSpan(period * 2 ** (power - 1), blockTime)}`}</option>
              ))}
            </select>
          </div>
        </div>
        <div class="row">
          <Act label="Vote aye" call={cast(true)} disabled={delegated} />
          <Act label="Vote nay" call={cast(false)} disabled={delegated} quiet />
          {vote !== undefined && !delegated && <Act label="Take the vote back" call={() => api.tx.convictionVoting.removeVote(track?.id ?? null, index)} quiet />}
        </div>
        <p class="note">The tokens stay yours, but can't be transferred or pay fees while the vote stands. With conviction, those of whoever wins stay locked for that long after the referendum's end.</p>
      </div>
    </Card>
  );
}
