// One task, with its life step by step.

import type { Task } from '@bcai/sdk';
import { useEffect, useState } from 'preact/hooks';
import { oneLine, useAtHead, useChain, type State } from '../../chain/state.ts';
import { useStore } from '../../chain/store.ts';
import { count, scaled } from '../../ui/format.ts';
import { Badge, Card, Empty, Fact, Facts, Problem } from '../../ui/parts.tsx';
import { Address, Age, Amount, BlockNumber, Hash } from '../../ui/values.tsx';
import { endOf, macsOf, merged, ofTask, pastOf, STATUSES, steps, type Past, type Status, type Step } from './life.ts';
import { Next, StatusBadge, tickets } from './list.tsx';

async function load({ chain, query, hash, number }: State, id: number) {
  const [task, targets, stored, next] = await Promise.all([
    chain.rpc('pouw_task', id, hash) as Promise<Task | null>,
    chain.rpc('pouw_targets', hash) as Promise<{ paramSet: number; k: number }[]>,
    query.pouw.tasks(id),
    query.pouw.nextTaskId(),
  ]);
  const status = stored.unwrapOr(undefined)?.status;
  const claim = status?.isClaimed ? status.asClaimed : status?.isDelivered ? status.asDelivered.claim : undefined;
  return {
    number,
    task: task ?? undefined,
    k: task && targets.find(({ paramSet }) => paramSet === task.paramSet)?.k,
    bond: claim && (claim.bond.toBigInt() as bigint),
    credit: status?.isFinalized ? (status.asFinalized.credit.toBigInt() as bigint) : (claim?.credit.toBigInt() as bigint | undefined),
    exists: id < Number(next),
  };
}

export function TaskPage({ id }: { id: number }) {
  const chain = useChain();
  const { value, error } = useAtHead((state) => load(state, id), `task ${id}`);
  const heard = ofTask(useStore(chain.blocks.happenings), id);
  const [past, setPast] = useState<Past>();
  const [problem, setProblem] = useState<string>();
  const task = value?.task;
  // Searched again where the state changed while nobody listened: after a lost connection.
  const change = value?.exists ? `${task?.state.status ?? 'gone'} ${task?.state.worker ?? ''}` : undefined;
  useEffect(() => {
    if (!value || change === undefined) return;
    let current = true;
    pastOf(chain, id, value.number).then(
      (found) => current && (setPast(found), setProblem(undefined)),
      (failed) => current && setProblem(oneLine(failed)),
    );
    return () => void (current = false);
  }, [chain, change]);

  const life = merged(past?.happenings ?? [], heard);
  const status: Status = task?.state.status ?? endOf(life);

  return (
    <>
      <p class="back"><a href="#/tasks">All tasks</a></p>
      <h1>Task {count(id)} {value?.exists && <StatusBadge of={status} />}</h1>
      <Problem error={error} />
      {value && !value.exists && <Empty>Nobody has posted this task yet.</Empty>}
      {value?.exists && (
        <>
          <Stages status={status} />
          <Card title="Its life" aside={task && <Next task={task} head={value.number} />}>
            <Problem error={problem} />
            {past?.prunedBefore !== undefined && <p class="note">This node has pruned what happened before block {count(past.prunedBefore)}.</p>}
            {life.length === 0 ? <Empty>{past ? 'No event of it is on this node.' : 'Looking for its blocks …'}</Empty> : (
              <ol class="timeline">{steps(life).map((step) => <Line key={`${step.block} ${step.name}`} step={step} />)}</ol>
            )}
          </Card>
          {task && (
            <Card title="What is asked for">
              <Facts>
                <Fact name="Requester"><Address of={task.requester} /></Fact>
                <Fact name="Bounty"><Amount of={BigInt(task.bounty)} /></Fact>
                <Fact name="Deadline"><BlockNumber of={task.deadline} /></Fact>
                <Fact name="A × Bt">{count(task.m)} × {count(task.n)}, inner dimension {value.k ? count(value.k * task.slabs) : '…'}</Fact>
                <Fact name="Parameter set">{task.paramSet}, {task.slabs} {task.slabs === 1 ? 'slab' : 'slabs'}</Fact>
                <Fact name="Work">{value.k ? `${scaled(macsOf(task, value.k))} multiply-accumulates` : '…'}</Fact>
                <Fact name="Root of A"><Hash of={task.rootA} /></Fact>
                <Fact name="Root of Bt"><Hash of={task.rootB} /></Fact>
                <Fact name="On this node"><Stored of={task.stored} /></Fact>
              </Facts>
            </Card>
          )}
          {task?.state.worker && (
            <Card title="What was done">
              <Facts>
                <Fact name="Worker"><Address of={task.state.worker} /></Fact>
                {value.bond !== undefined && <Fact name="Bond on hold"><Amount of={value.bond} /></Fact>}
                {task.state.tickets !== undefined && <Fact name="Tickets"><span data-testid="tickets">{tickets(task)}</span></Fact>}
                {value.credit !== undefined && <Fact name={status === 'finalized' ? 'Credit' : 'Credit so far'}><span data-testid="credit">{scaled(value.credit)} multiply-accumulates</span></Fact>}
                {task.state.rootC && <Fact name="Root of C"><Hash of={task.state.rootC} /></Fact>}
                {task.state.challengeUntil && <Fact name="Can be challenged until"><BlockNumber of={task.state.challengeUntil} /></Fact>}
                {task.state.expiresAt && <Fact name="Claim ends after"><BlockNumber of={task.state.expiresAt} /></Fact>}
              </Facts>
            </Card>
          )}
        </>
      )}
    </>
  );
}

function Stored({ of }: { of: { a: boolean; b: boolean; c: boolean } }) {
  return <>{([['A', of.a], ['Bt', of.b], ['C', of.c]] as const).map(([name, there]) => <><Badge tone={there ? 'good' : 'plain'}>{name} {there ? 'stored' : 'not here'}</Badge> </>)}</>;
}

const USUAL: Status[] = ['open', 'claimed', 'delivered', 'finalized'];

/** How far a task has come on the usual way, or how it ended. */
function Stages({ status }: { status: Status }) {
  const at = USUAL.indexOf(status);
  const shown = at >= 0 ? USUAL : (['open', status] as Status[]);
  const current = at >= 0 ? at : 1;
  return (
    <ol class="stages" data-testid="stages" data-status={status}>
      {shown.map((each, index) => (
        <li class={index < current ? 'done' : index === current ? `now ${STATUSES[status].tone}` : ''} aria-current={index === current ? 'step' : undefined}>
          {STATUSES[each].word}
        </li>
      ))}
    </ol>
  );
}

function Line({ step }: { step: Step }) {
  return (
    <li>
      <div>
        <strong>{step.happening.method === 'TicketAccepted' ? `${step.count} ${step.count === 1 ? 'ticket' : 'tickets'} accepted` : step.name}</strong>
        <span class="muted">
          {' '}in <BlockNumber of={step.block} />{step.to !== undefined && step.to !== step.block && <> to <BlockNumber of={step.to} /></>}
          {step.time ? <>, <Age of={step.time} /></> : null}
        </span>
      </div>
      <div class="muted"><About step={step} /></div>
    </li>
  );
}

/** What an event of a task says beside its name. */
function About({ step: { happening: { method, data }, work } }: { step: Step }) {
  const amount = (name: string) => <Amount of={data[name].toBigInt()} />;
  const who = (name: string) => <Address of={data[name].toString()} />;
  switch (method) {
    case 'TaskPosted':
      return <>by {who('requester')}, with a bounty of {amount('bounty')}; {amount('fee')} were burned</>;
    case 'TaskClaimed':
      return <>by {who('worker')}, with a bond of {amount('bond')}, until <BlockNumber of={Number(data.expires_at ?? data.expiresAt)} /></>;
    case 'TicketAccepted':
      return <>worth {scaled(work)} multiply-accumulates</>;
    case 'ResultDelivered':
      return <>can be challenged until <BlockNumber of={Number(data.challenge_until ?? data.challengeUntil)} /></>;
    case 'ResultRefuted':
      return <>by {who('challenger')}, who got {amount('reward')}; the task is open again</>;
    case 'TaskFinalized':
      return <>{amount('bounty')} paid to {who('worker')}, credit of {scaled(data.credit.toBigInt())} multiply-accumulates to {who('beneficiary')}</>;
    case 'TaskCancelled':
      return <>by {who('requester')}, who got {amount('bounty')} back</>;
    case 'TaskExpired':
      return <>{who('requester')} got {amount('bounty')} back</>;
    case 'ClaimExpired':
      return <>{who('worker')} lost a bond of {amount('burned')}; the task is open again</>;
    default:
      return null;
  }
}
