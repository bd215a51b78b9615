// What each track takes.

import { useAtHead, useChain, type State } from '../../chain/state.ts';
import { blocksSpan, percent } from '../../ui/format.ts';
import { Card, Problem, Table } from '../../ui/parts.tsx';
import { Amount } from '../../ui/values.tsx';
import { threshold } from './curves.ts';
import { titleOf, tracksOf } from './tracks.ts';

async function load({ consts, query }: State) {
  const tracks = tracksOf(consts);
  const deciding = tracks.length === 0 ? [] : await query.referenda.decidingCount.multi(tracks.map(({ id }) => id));
  return tracks.map((track, index) => ({ ...track, deciding: Number(deciding[index]) }));
}

export function Tracks() {
  const { blockTime } = useChain();
  const { value, error } = useAtHead(load);
  const time = (blocks: number) => blocksSpan(blocks, blockTime);
  return (
    <>
      <Problem error={error} />
      {value && (
        <Card title="Tracks">
          <Table label="Tracks" head={['', 'Track', 'Deciding', 'Decision deposit', 'Preparation', 'Decision', 'Confirmation', 'Enactment', 'Approval', 'Support']}>
            {value.map((track) => (
              <tr key={track.id}>
                <td class="number">{track.id}</td>
                <td>{titleOf(track.name)}</td>
                <td class="number">{track.deciding} of {track.maxDeciding}</td>
                <td><Amount of={track.decisionDeposit} /></td>
                <td>{time(track.prepare)}</td>
                <td>{time(track.decision)}</td>
                <td>{time(track.confirm)}</td>
                <td>{time(track.enactment)}</td>
                <td class="number">{percent(threshold(track.approval, 0))} to {percent(threshold(track.approval, 1))}</td>
                <td class="number">{percent(threshold(track.support, 0))} to {percent(threshold(track.support, 1))}</td>
              </tr>
            ))}
          </Table>
          <p class="note">Approval and support that are needed fall over the decision, from the first figure to the second.</p>
        </Card>
      )}
    </>
  );
}
