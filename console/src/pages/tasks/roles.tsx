// What the miner and the challenger of the connected node do, where it has them.

import { useAtHead } from '../../chain/state.ts';
import { count, scaled } from '../../ui/format.ts';
import { Badge, Bar, Card, Fact, Facts, type Tone } from '../../ui/parts.tsx';
import { Address, Age, Amount } from '../../ui/values.tsx';

/** No such method, or not for everybody. */
const UNKNOWN_METHOD = -32_601;

async function statusOf(ask: () => Promise<any>) {
  try {
    const status = await ask();
    return status.enabled ? status : undefined;
  } catch (error) {
    if ((error as { code?: number }).code === UNKNOWN_METHOD) return undefined;
    throw error;
  }
}

const TONES: Record<string, Tone> = { mining: 'busy', submitting: 'busy', claiming: 'busy', stalled: 'bad' };

export function Roles() {
  const { value } = useAtHead(async ({ chain }) => {
    const [miner, challenger] = await Promise.all([statusOf(() => chain.rpc('pouw_minerStatus')), statusOf(() => chain.rpc('pouw_challengerStatus'))]);
    return { miner, challenger };
  });
  if (!value) return null;
  const { miner, challenger } = value;
  if (!miner && !challenger) return <p class="note">The connected node neither mines nor challenges.</p>;
  return (
    <div class="columns">
      {miner && (
        <Card title="This node's miner" aside={<Badge tone={TONES[miner.state] ?? 'plain'}>{miner.state}</Badge>}>
          {miner.state === 'mining' && <Bar share={miner.progressPerMille / 1_000} label={`${miner.progressPerMille / 10} % of task ${miner.task} is computed`} />}
          <Facts>
            <Fact name="Works for"><Address of={miner.account} /></Fact>
            <Fact name="Task">{miner.task === null ? '—' : <a href={`#/tasks/${miner.task}`}>Task {count(miner.task)}</a>}</Fact>
            <Fact name="Computes">{scaled(miner.macsPerSecond)} MAC/s on {miner.threads} {miner.threads === 1 ? 'thread' : 'threads'}</Fact>
            <Fact name="Tasks paid">{count(miner.completed)}</Fact>
            <Fact name="Tickets found">{count(miner.ticketsFound)}</Fact>
            <Fact name="Bonds lost">{count(miner.lost)}</Fact>
            <Fact name="Open tasks without matrices here">{count(miner.missingMatrices)}</Fact>
            <Fact name="Fees paid"><Amount of={BigInt(miner.feesPaid)} /></Fact>
          </Facts>
          <LastError of={miner.lastError} />
        </Card>
      )}
      {challenger && (
        <Card title="This node's challenger" aside={<Badge>{challenger.unavailable > 0 ? 'lacks matrices' : 'watching'}</Badge>}>
          <Facts>
            <Fact name="Works for"><Address of={challenger.account} /></Fact>
            <Fact name="Results that held">{count(challenger.right)}</Fact>
            <Fact name="Results that were wrong">{count(challenger.wrong)}</Fact>
            <Fact name="Tiles recomputed">{count(challenger.tiles)}</Fact>
            <Fact name="Can't be checked here">{count(challenger.unavailable)}</Fact>
            <Fact name="Fees paid"><Amount of={BigInt(challenger.feesPaid)} /></Fact>
          </Facts>
          <LastError of={challenger.lastError} />
        </Card>
      )}
    </div>
  );
}

function LastError({ of }: { of: { text: string; block: number; time: number } | null }) {
  return of && <p class="notice warn">{of.text} (since block {count(of.block)}, <Age of={of.time} />)</p>;
}
