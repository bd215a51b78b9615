// How the chain is: its head, finality, pace, and what its last blocks hold.

import type { Block } from '../../chain/blocks.ts';
import { useAtHead, useChain } from '../../chain/state.ts';
import { useStore } from '../../chain/store.ts';
import { count, span } from '../../ui/format.ts';
import { Badge, Card, Empty, Problem, Table, Tile, Tiles } from '../../ui/parts.tsx';
import { Address, Age, BlockNumber } from '../../ui/values.tsx';
import { BlockTimes } from './block-times.tsx';
import { intervals, mean } from './intervals.ts';

const SHOWN = 12;

export function Overview() {
  const chain = useChain();
  const best = useStore(chain.blocks.best);
  const finalized = useStore(chain.blocks.finalized);
  const blocks = useStore(chain.blocks.last);
  const { value, error } = useAtHead(async ({ runtimeVersion, query }) => ({
    health: await chain.api.rpc.system.health(),
    runtime: `${runtimeVersion.specName} ${runtimeVersion.specVersion}`,
    /** The block until which it is on. */
    safeMode: (await query.safeMode?.enteredUntil())?.unwrapOr(undefined)?.toNumber() as number | undefined,
  }));
  const timed = intervals(blocks);
  const pace = mean(timed);
  const lag = best && finalized ? Math.max(0, best.number - finalized.number) : undefined;
  const find = (number?: number) => blocks.find((block) => block.number === number);
  const head = blocks[0];
  const final = find(finalized?.number);
  const transactions = blocks.flatMap((block) => block.transactions.map((each) => ({ block, ...each })));

  return (
    <>
      <h1>{chain.name}</h1>
      <Problem error={error} />
      {value?.safeMode && <p class="notice warn">The safe mode is on until block {count(value.safeMode)}: only governance goes on.</p>}
      <Tiles>
        <Tile name="Best block" note={head ? <Age of={head.time} /> : '…'}>{best ? <span data-testid="best"><BlockNumber of={best.number} /></span> : '…'}</Tile>
        <Tile name="Final block" note={final ? <Age of={final.time} /> : finalized ? 'older than the blocks below' : '…'}>
          {finalized ? <span data-testid="finalized"><BlockNumber of={finalized.number} /></span> : '…'}
        </Tile>
        <Tile name="Finality lag" note={lag === undefined ? '…' : `about ${span(lag * (pace ?? chain.blockTime))}`}>{lag === undefined ? '…' : `${count(lag)} ${lag === 1 ? 'block' : 'blocks'}`}</Tile>
        <Tile name="Block time" note={`meant to be ${chain.blockTime / 1_000} s`}>{pace === undefined ? '…' : `${(pace / 1_000).toFixed(2)} s`}</Tile>
        <Tile name="Peers" note={value?.health.isSyncing.isTrue ? 'catching up' : 'of this node'}>{value ? value.health.peers.toString() : '…'}</Tile>
        <Tile name="Runtime" note={`${chain.type.toLowerCase()} chain`}>{value?.runtime ?? '…'}</Tile>
      </Tiles>
      <Card title="Time between blocks" aside={timed.length > 0 && `the last ${timed.length}`}>
        <BlockTimes intervals={timed} expected={chain.blockTime} />
      </Card>
      <div class="columns">
        <Card title="Last blocks">
          <Table label="Last blocks" head={['Block', 'Age', 'Author', 'Transactions', '']}>
            {blocks.slice(0, SHOWN).map((block) => <BlockRow key={block.hash} block={block} final={!!finalized && block.number <= finalized.number} />)}
          </Table>
        </Card>
        <Card title="Last transactions" aside={`of ${blocks.length} blocks`}>
          {transactions.length === 0 ? <Empty>None.</Empty> : (
            <Table label="Last transactions" head={['Block', 'Call', 'From', '']}>
              {transactions.slice(0, SHOWN).map(({ block, hash, call, signer, failure }) => (
                <tr key={`${block.hash} ${hash}`}>
                  <td><BlockNumber of={block.number} /></td>
                  <td class="mono" title={hash}>{call}</td>
                  <td>{signer ? <Address of={signer} /> : <span class="muted">nobody</span>}</td>
                  <td>{failure ? <Badge tone="bad">{failure}</Badge> : <Badge tone="good">done</Badge>}</td>
                </tr>
              ))}
            </Table>
          )}
        </Card>
      </div>
    </>
  );
}

function BlockRow({ block, final }: { block: Block; final: boolean }) {
  return (
    <tr>
      <td title={block.hash}><BlockNumber of={block.number} /></td>
      <td><Age of={block.time} /></td>
      <td>{block.author ? <Address of={block.author} /> : '—'}</td>
      <td class="number">{block.transactions.length}</td>
      <td>{final ? <Badge tone="good">final</Badge> : <Badge>best</Badge>}</td>
    </tr>
  );
}
