// All tasks, the newest first, beside what this node's own miner and challenger do.

import type { Task } from '@bcai/sdk';
import { limits } from '@bcai/sdk';
import { useState } from 'preact/hooks';
import { useAtHead, useChain, type State } from '../../chain/state.ts';
import { useStore } from '../../chain/store.ts';
import { count } from '../../ui/format.ts';
import { Badge, Card, Empty, Problem, Table } from '../../ui/parts.tsx';
import { numbers, Pager, shown } from '../../ui/pager.tsx';
import { Address, Amount, BlockNumber, Until } from '../../ui/values.tsx';
import { endOf, ofTask, STATUSES, type Status } from './life.ts';
import { Roles } from './roles.tsx';

const PAGE = 50;

type Row = { id: number; task?: Task };

async function load({ chain, query, hash }: State, before?: number) {
  const next = Number(await query.pouw.nextTaskId());
  const part = shown(next, PAGE, before);
  const { from, to } = part;
  const { maxTasks = PAGE } = await limits(chain.rpc);
  const tasks = new Map<number, Task>();
  for (let at = from; at < to; at += maxTasks) {
    const answer = await chain.rpc('pouw_tasks', at, Math.min(maxTasks, to - at), hash);
    for (const task of answer.tasks) tasks.set(task.id, task);
  }
  // Those that are gone leave a row behind: their numbers are known.
  const rows: Row[] = numbers(part).map((id) => ({ id, task: tasks.get(id) }));
  return { part, rows };
}

export function TaskList() {
  const chain = useChain();
  const head = useStore(chain.blocks.best);
  const happenings = useStore(chain.blocks.happenings);
  const [before, setBefore] = useState<number>();
  const [wanted, setWanted] = useState<Status | ''>('');
  const { value, error } = useAtHead((state) => load(state, before), String(before));
  const status = ({ id, task }: Row): Status => task?.state.status ?? endOf(ofTask(happenings, id));
  const rows = value?.rows.filter((row) => wanted === '' || status(row) === wanted) ?? [];

  return (
    <>
      <h1>Tasks</h1>
      <Problem error={error} />
      <Roles />
      {value && (
        <Card
          title="All tasks"
          aside={(
            <label class="inline">
              State{' '}
              <select value={wanted} onChange={(event) => setWanted(event.currentTarget.value as Status | '')}>
                <option value="">all</option>
                {Object.entries(STATUSES).map(([key, { word }]) => <option value={key}>{word}</option>)}
              </select>
            </label>
          )}
        >
          {rows.length === 0 ? <Empty>{value.part.next === 0 ? 'Nobody has posted a task yet.' : 'None here.'}</Empty> : (
            <Table label="Tasks" head={['Task', 'State', 'Shape', 'Bounty', 'Requester', 'Worker', 'Tickets', '']}>
              {rows.map((row) => <TaskRow key={row.id} {...row} status={status(row)} head={head?.number ?? 0} />)}
            </Table>
          )}
          <Pager of={value.part} size={PAGE} go={setBefore} />
        </Card>
      )}
    </>
  );
}

export const StatusBadge = ({ of }: { of: Status }) => <Badge tone={STATUSES[of].tone}>{STATUSES[of].word}</Badge>;

function TaskRow({ id, task, status, head }: Row & { status: Status; head: number }) {
  return (
    <tr>
      <td><a href={`#/tasks/${id}`}>Task {count(id)}</a></td>
      <td><StatusBadge of={status} /></td>
      {task ? (
        <>
          <td class="number">{task.m} × {task.n}, {task.slabs} {task.slabs === 1 ? 'slab' : 'slabs'} of set {task.paramSet}</td>
          <td><Amount of={BigInt(task.bounty)} /></td>
          <td><Address of={task.requester} /></td>
          <td>{task.state.worker ? <Address of={task.state.worker} /> : <span class="muted">nobody</span>}</td>
          <td class="number">{tickets(task)}</td>
          <td class="muted"><Next task={task} head={head} /></td>
        </>
      ) : <td colSpan={6} class="muted">not on the chain any more</td>}
    </tr>
  );
}

/** How many tickets of a task the chain has; those of a finalised one are forgotten. */
export const tickets = ({ state }: Task): string => (state.tickets === undefined ? '—' : count(Array.isArray(state.tickets) ? state.tickets.length : state.tickets));

/** What comes next for a task. */
export function Next({ task: { state, deadline }, head }: { task: Task; head: number }) {
  if (state.status === 'open') return <>deadline <Until block={deadline} from={head} /></>;
  if (state.status === 'claimed') return <>claim ends <Until block={state.expiresAt} from={head} /></>;
  if (state.status === 'delivered') return <>paid <Until block={state.challengeUntil + 1} from={head} /></>;
  return <>paid in <BlockNumber of={state.finalizedAt} /></>;
}
