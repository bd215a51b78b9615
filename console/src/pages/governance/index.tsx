// Who decides about the chain, and what they decide.

import type { ComponentType } from 'preact';
import { useChain } from '../../chain/state.ts';
import { Empty } from '../../ui/parts.tsx';
import { Committee } from './committee.tsx';
import { ReferendumList } from './list.tsx';
import { Propose } from './propose.tsx';
import { ReferendumPage } from './referendum.tsx';
import { Tracks } from './tracks-table.tsx';
import { Treasury } from './treasury.tsx';

interface Tab {
  path: string;
  title: string;
  /** The pallet without which there is nothing to show. */
  pallet: string;
  page: ComponentType;
}

/** What of governance a runtime with these pallets has. */
export const tabsOf = (pallets: Record<string, unknown>): Tab[] => TABS.filter(({ pallet }) => pallets[pallet] !== undefined);

const TABS: Tab[] = [
  { path: '', title: 'Referenda', pallet: 'referenda', page: ReferendumList },
  { path: 'propose', title: 'Propose', pallet: 'referenda', page: Propose },
  { path: 'tracks', title: 'Tracks', pallet: 'referenda', page: Tracks },
  { path: 'treasury', title: 'Treasury', pallet: 'treasury', page: Treasury },
  { path: 'committee', title: 'Committee', pallet: 'technicalCommittee', page: Committee },
];

export function Governance({ rest: [path = ''] }: { rest: string[] }) {
  const { api: { query } } = useChain();
  const tabs = tabsOf(query);
  const tab = tabs.find((each) => each.path === path);
  const index = /^\d{1,9}$/.test(path) ? Number(path) : undefined;
  const current = (target: string) => (target === path ? 'page' : target === '' && index !== undefined ? 'true' : undefined);

  return (
    <>
      <h1>Governance</h1>
      {tabs.length === 0 ? <Empty>This chain has no governance: its runtime is without referenda, treasury and committee.</Empty> : (
        <>
          <nav class="tabs" aria-label="Parts of governance">
            {tabs.map(({ path: target, title }) => <a href={`#/governance${target && `/${target}`}`} aria-current={current(target)}>{title}</a>)}
          </nav>
          {tab ? <tab.page /> : query.referenda && index !== undefined ? <ReferendumPage key={path} index={index} /> : <Empty>There is nothing called '{path}' here.</Empty>}
        </>
      )}
    </>
  );
}
