// All referenda, the newest first.

import { useState } from 'preact/hooks';
import { useAtHead, type State } from '../../chain/state.ts';
import { percent } from '../../ui/format.ts';
import { Badge, Bar, Card, Empty, Problem, Table } from '../../ui/parts.tsx';
import { numbers, Pager, shown } from '../../ui/pager.tsx';
import { BlockNumber, Until } from '../../ui/values.tsx';
import { readReferenda, type Referendum } from './referenda.ts';
import { ENDINGS, STAGES } from './standing.ts';
import { titleOf } from './tracks.ts';
import { useVoice } from './voice.ts';
import { inWords } from './words.ts';

const PAGE = 25;

async function load(state: State, before?: number) {
  const next = Number(await state.query.referenda.referendumCount());
  const part = shown(next, PAGE, before);
  return { part, referenda: await readReferenda(state, numbers(part)), head: state.number };
}

export function ReferendumList() {
  const [before, setBefore] = useState<number>();
  const { value, error } = useAtHead((state) => load(state, before), `referenda ${before}`);
  return (
    <>
      <Problem error={error} />
      {value && (
        <Card title="Referenda" aside={<a href="#/governance/propose">Propose something</a>}>
          {value.referenda.length === 0 ? <Empty>Nobody has proposed anything yet.</Empty> : (
            <Table label="Referenda" head={['', 'Proposal', 'Track', 'State', 'Approval', 'Support', '']}>
              {value.referenda.map((referendum) => <Row key={referendum.index} referendum={referendum} head={value.head} />)}
            </Table>
          )}
          <Pager of={value.part} size={PAGE} go={setBefore} />
        </Card>
      )}
    </>
  );
}

export function StateBadge({ of: { standing, ended } }: { of: Referendum }) {
  if (ended) return <Badge tone={ENDINGS[ended.as].tone}>{ENDINGS[ended.as].word}</Badge>;
  if (!standing) return <Badge>ongoing</Badge>;
  const { stage, passing } = standing;
  return (
    <>
      <Badge tone={STAGES[stage].tone}>{STAGES[stage].word}</Badge>
      {(stage === 'deciding' || stage === 'confirming') && <> <Badge tone={passing ? 'good' : 'warn'}>{passing ? 'passing' : 'not passing'}</Badge></>}
    </>
  );
}

function Row({ referendum, head }: { referendum: Referendum; head: number }) {
  const voice = useVoice();
  const { index, proposal, track, standing, ended } = referendum;
  const words = proposal?.call ? inWords(proposal.call, voice) : proposal?.problem ?? 'its text is older than this node remembers';
  return (
    <tr>
      <td><a href={`#/governance/${index}`}>#{index}</a></td>
      <td class="words">{words}</td>
      <td>{track ? titleOf(track.name) : '—'}</td>
      <td><StateBadge of={referendum} /></td>
      <td>{standing ? <Share share={standing.approval} needed={standing.approvalNeeded} what="approval" /> : '—'}</td>
      <td>{standing ? <Share share={standing.support} needed={standing.supportNeeded} what="support" /> : '—'}</td>
      <td class="muted">
        {standing?.until !== undefined && <>{STAGES[standing.stage].next} <Until block={standing.until} from={head} /></>}
        {ended && <>in <BlockNumber of={ended.since} /></>}
      </td>
    </tr>
  );
}

/** What there is, as a bar with a mark at what is needed. */
function Share({ share, needed, what }: { share: number; needed: number; what: string }) {
  return (
    <div class="share">
      <span class="number">{percent(share)} <span class="muted">of {percent(needed)}</span></span>
      <Bar share={share} mark={needed} tone={share >= needed ? 'good' : 'warn'} label={`${what} ${percent(share)}, ${percent(needed)} needed now`} />
    </div>
  );
}
