// Who makes blocks and who votes on them.

import { useAtHead, useChain } from '../../chain/state.ts';
import { useStore } from '../../chain/store.ts';
import { blocksSpan, count, percent } from '../../ui/format.ts';
import { Badge, Bar, Card, Empty, Problem, Table, Tile, Tiles } from '../../ui/parts.tsx';
import { Address, Age, BlockNumber } from '../../ui/values.tsx';
import { load } from './load.ts';

export function Validators() {
  const chain = useChain();
  const blocks = useStore(chain.blocks.last);
  const { value, error } = useAtHead(load);
  const authored = (validator: string) => blocks.filter(({ author }) => author === validator);

  return (
    <>
      <h1>Validators</h1>
      <Problem error={error} />
      {value && (
        <>
          <Tiles>
            <Tile name="Validators" note={`session ${count(value.session)}`}>{count(value.validators.length)}</Tile>
            {value.epoch && (
              <Tile name="Epoch" note={<>ends in about {blocksSpan(value.epoch.length - value.epoch.passed, chain.blockTime)}</>}>
                {count(value.epoch.index)}
                <Bar share={value.epoch.passed / value.epoch.length} label={`${percent(value.epoch.passed / value.epoch.length)} of the epoch's slots have passed`} />
              </Tile>
            )}
            {value.grandpa && (
              <Tile name="GRANDPA set" note={value.round ? `round ${count(value.round.number)}, prevotes ${value.round.prevotes} of ${value.round.total}` : 'no round is known'}>
                {count(value.grandpa.set)}
              </Tile>
            )}
            {value.grandpa && <Tile name="Votes on finality" note={`a block is final with ${count(value.grandpa.threshold)}`}>{count(value.grandpa.total)}</Tile>}
          </Tiles>
          <Card title="In this session" aside={`blocks of the last ${blocks.length}`}>
            {value.validators.length === 0 ? <Empty>This chain tells of no validators.</Empty> : (
              <Table label="Validators of this session" head={['Validator', 'Blocks made', 'Share', 'Last one', 'Votes on finality']}>
                {value.validators.map(({ address, weight, disabled }) => {
                  const made = authored(address);
                  const share = blocks.length === 0 ? 0 : made.length / blocks.length;
                  return (
                    <tr key={address}>
                      <td><Address of={address} /> {disabled && <Badge tone="bad">disabled</Badge>}</td>
                      <td class="number">{made.length}</td>
                      <td class="wide"><Bar share={share} mark={1 / value.validators.length} label={`${percent(share)} of the last blocks; an even share is ${percent(1 / value.validators.length)}`} /></td>
                      <td>{made[0] ? <><BlockNumber of={made[0].number} /> <span class="muted"><Age of={made[0].time} /></span></> : <span class="muted">none of the last {blocks.length}</span>}</td>
                      <td>{weight === undefined ? <Badge tone="warn">none</Badge> : <span class="number">{count(weight)}</span>}</td>
                    </tr>
                  );
                })}
              </Table>
            )}
          </Card>
          {value.next && (
            <Card title="From the next session on">
              <ul class="plain">{value.next.map((address) => <li key={address}><Address of={address} /></li>)}</ul>
            </Card>
          )}
          {value.unknownVoters > 0 && <p class="note">{value.unknownVoters} of the keys that vote on finality belong to no validator of this session.</p>}
        </>
      )}
    </>
  );
}
