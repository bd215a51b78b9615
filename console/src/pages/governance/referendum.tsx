// One referendum: what it would do, how it stands, and a vote.

import { isCall, type Plain } from '../../chain/plain.ts';
import { useAtHead, useChain, type State } from '../../chain/state.ts';
import { useStore } from '../../chain/store.ts';
import { chosen } from '../../chain/accounts.ts';
import { blocksSpan, count } from '../../ui/format.ts';
import { Badge, Card, Empty, Fact, Facts, Problem } from '../../ui/parts.tsx';
import { Act, Signer } from '../../ui/signing.tsx';
import { Address, Amount, BlockNumber, Hash, Until } from '../../ui/values.tsx';
import { StateBadge } from './list.tsx';
import { Picture } from './picture.tsx';
import { enactmentOf, readReferenda, voteOf, type Deposit, type Enactment, type Referendum } from './referenda.ts';
import { ENDINGS, STAGES, type Stage } from './standing.ts';
import { titleOf } from './tracks.ts';
import { useVoice } from './voice.ts';
import { VoteForm } from './vote.tsx';
import { inWords, speaker } from './words.ts';

async function load(state: State, index: number, account?: string) {
  const [referendum] = await readReferenda(state, [index]);
  const enactment = referendum?.ended?.as === 'Approved' ? await enactmentOf(state, index, referendum.ended.since) : undefined;
  const vote = account && referendum?.ongoing && referendum.track ? await voteOf(state, account, referendum.track.id, index) : undefined;
  return { referendum, enactment, vote, head: state.number };
}

export function ReferendumPage({ index }: { index: number }) {
  const account = useStore(chosen);
  const { value, error } = useAtHead((state) => load(state, index, account?.address), `referendum ${index} ${account?.address}`);
  const referendum = value?.referendum;

  return (
    <>
      <h2 class="title">Referendum {count(index)} {referendum && <StateBadge of={referendum} />}</h2>
      <Problem error={error} />
      {value && !referendum && <Empty>There is no referendum {count(index)}.</Empty>}
      {value && referendum && (
        <>
          <Stages referendum={referendum} enactment={value.enactment} />
          <What referendum={referendum} />
          {referendum.standing && referendum.track && (
            <Card
              title="How it stands"
              aside={referendum.standing.until !== undefined && <>{STAGES[referendum.standing.stage].next} <Until block={referendum.standing.until} from={value.head} /></>}
            >
              <Picture standing={referendum.standing} track={referendum.track} />
              <Tally referendum={referendum} />
            </Card>
          )}
          {referendum.ongoing && <VoteForm referendum={referendum} vote={value.vote} />}
          <Deposits referendum={referendum} />
        </>
      )}
    </>
  );
}

const WAY: { name: string; of: Stage[] }[] = [
  { name: 'Submitted', of: ['undeposited', 'preparing', 'queued'] },
  { name: 'Deciding', of: ['deciding'] },
  { name: 'Confirming', of: ['confirming'] },
];

/** The way to the enactment, or where it ended before. */
function Stages({ referendum: { standing, ended }, enactment }: { referendum: Referendum; enactment?: Enactment }) {
  if (ended && ended.as !== 'Approved') {
    return <ol class="stages" data-testid="stages" data-status={ended.as}><li class="done">Submitted</li><li class="now bad">{ENDINGS[ended.as].word} in block {count(ended.since)}</li></ol>;
  }
  const at = ended ? (enactment?.as === 'executed' || enactment?.as === 'unknown' ? 4 : 3) : WAY.findIndex(({ of }) => standing && of.includes(standing.stage));
  const failure = enactment?.as === 'executed' ? enactment.failure : undefined;
  const last = !enactment ? 'Executed'
    : enactment.as === 'scheduled' ? `Executed in block ${count(enactment.block)}`
      : enactment.as === 'unknown' ? 'Executed, in a block that this node has not kept'
        : failure ? `Failed in block ${count(enactment.block)}: ${failure}` : `Executed in block ${count(enactment.block)}`;
  const names = [...WAY.map(({ name }) => name), ended ? `Confirmed in block ${count(ended.since)}` : 'Confirmed', last];
  const status = failure ? 'failed' : enactment?.as === 'executed' ? 'executed' : ended ? 'confirmed' : standing?.stage;
  return (
    <ol class="stages" data-testid="stages" data-status={status}>
      {names.map((name, index) => (
        <li class={index < at || (index === at && at === 4 && !failure) ? 'done' : index === at ? `now ${failure ? 'bad' : ''}` : ''} aria-current={index === at ? 'step' : undefined}>{name}</li>
      ))}
    </ol>
  );
}

function What({ referendum: { proposal, track, ongoing } }: { referendum: Referendum }) {
  const voice = useVoice(true);
  const { blockTime } = useChain();
  if (!proposal) return <Card title="What it does"><Empty>It has ended, and this node has pruned the block before: its proposal is not known here.</Empty></Card>;
  const { call } = proposal;
  return (
    <Card title="What it does" aside={track && `track ${track.id}, ${titleOf(track.name)}`}>
      {call ? (
        <>
          <p class="said" data-testid="words">{inWords(call, voice)}</p>
          <details>
            <summary>The call as the runtime takes it: <span class="mono">{call.name}</span></summary>
            {call.about && <p class="note">{call.about}</p>}
            <Arguments of={call.args} />
          </details>
        </>
      ) : <p class="problem">{proposal.problem}</p>}
      <Facts>
        <Fact name="Speaks as">{speaker(proposal.origin)}</Fact>
        {proposal.submitter && <Fact name="Proposed by"><Address of={proposal.submitter} /></Fact>}
        {ongoing && <Fact name="Submitted in"><BlockNumber of={ongoing.submitted} /></Fact>}
        {ongoing && track && <Fact name="Enacted">{enactedAt(ongoing.enactment, track.enactment, (blocks) => blocksSpan(blocks, blockTime))}</Fact>}
        {proposal.hash && <Fact name="Hash of the call"><Hash of={proposal.hash} /></Fact>}
      </Facts>
    </Card>
  );
}

function enactedAt(when: Plain, least: number, time: (blocks: number) => string): string {
  const [[kind, blocks]] = Object.entries(when as Record<string, bigint>);
  if (kind === 'At') return `in block ${blocks}, or ${time(least)} after it is confirmed where that is later`;
  return `${time(Math.max(Number(blocks), least))} after it is confirmed`;
}

function Arguments({ of }: { of: Record<string, Plain> }) {
  return <dl class="arguments">{Object.entries(of).map(([name, value]) => <div><dt class="mono">{name}</dt><dd><Value of={value} /></dd></div>)}</dl>;
}

function Value({ of }: { of: Plain }) {
  if (of === null || typeof of !== 'object') return <span class="mono">{of === null ? 'None' : String(of)}</span>;
  if (isCall(of)) return <><span class="mono">{of.name}</span><Arguments of={of.args} /></>;
  if (Array.isArray(of)) return <ol start={0}>{of.map((each) => <li><Value of={each} /></li>)}</ol>;
  return <Arguments of={of} />;
}

function Tally({ referendum: { ongoing } }: { referendum: Referendum }) {
  if (!ongoing) return null;
  const { ayes, nays, support } = ongoing.tally;
  return (
    <Facts>
      <Fact name="Ayes, by conviction"><Amount of={ayes} /></Fact>
      <Fact name="Nays, by conviction"><Amount of={nays} /></Fact>
      <Fact name="Tokens in support"><Amount of={support} /></Fact>
    </Facts>
  );
}

function Deposits({ referendum: { index, track, deposits: { submission, decision }, ended, standing } }: { referendum: Referendum }) {
  const { api } = useChain();
  const wanted = standing?.stage === 'undeposited' && track;
  if (!submission && !decision && !wanted) return null;
  // The submitter's own comes back of what was approved or cancelled alone.
  const refundable = ended && (ended.as === 'Approved' || ended.as === 'Cancelled');
  return (
    <Card title="Deposits">
      {ended && <Signer />}
      <ul class="plain stack">
        {submission && (
          <li><DepositLine name="Submission" of={submission} />{refundable && <Act quiet label="Give the submission deposit back" call={() => api.tx.referenda.refundSubmissionDeposit(index)} />}</li>
        )}
        {decision && (
          <li><DepositLine name="Decision" of={decision} />{ended && <Act quiet label="Give the decision deposit back" call={() => api.tx.referenda.refundDecisionDeposit(index)} />}</li>
        )}
        {wanted && (
          <li>
            <p>Nobody has placed the decision deposit of <Amount of={track.decisionDeposit} /> yet: without it nothing is decided. It comes back when the referendum ends, unless it is killed.</p>
            <Act label="Place the decision deposit" call={() => api.tx.referenda.placeDecisionDeposit(index)} />
          </li>
        )}
      </ul>
    </Card>
  );
}

const DepositLine = ({ name, of }: { name: string; of: Deposit }) => <p>{name}: <Amount of={of.amount} /> of <Address of={of.who} /> <Badge>on hold</Badge></p>;
