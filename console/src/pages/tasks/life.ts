// A task's life: what the chain and its events say about it.

import type { Task } from '@bcai/sdk';
import type { Happening } from '../../chain/blocks.ts';
import type { Chain } from '../../chain/connection.ts';
import { firstBlock } from '../../chain/search.ts';
import { readAt, stateAt, type State } from '../../chain/state.ts';
import { happening } from '../../chain/blocks.ts';
import type { Tone } from '../../ui/parts.tsx';

export type Status = 'open' | 'claimed' | 'delivered' | 'finalized' | 'expired' | 'cancelled' | 'gone';

export const STATUSES: Record<Status, { word: string; tone: Tone }> = {
  open: { word: 'open', tone: 'plain' },
  claimed: { word: 'claimed', tone: 'busy' },
  delivered: { word: 'delivered', tone: 'warn' },
  finalized: { word: 'finalised', tone: 'good' },
  expired: { word: 'expired', tone: 'bad' },
  cancelled: { word: 'cancelled', tone: 'bad' },
  // Until its last event is found it may have been each of them.
  gone: { word: 'removed', tone: 'plain' },
};

/** How a task that the chain doesn't know any more ended, by its events. */
export function endOf(happenings: Happening[]): Status {
  const names = happenings.map(({ method }) => method);
  if (names.includes('TaskExpired')) return 'expired';
  if (names.includes('TaskCancelled')) return 'cancelled';
  if (names.includes('ResultForgotten') || names.includes('TaskFinalized')) return 'finalized';
  return 'gone';
}

/** The events of one task among others. */
export const ofTask = (all: Happening[], id: number): Happening[] =>
  all.filter(({ section, data }) => section === 'pouw' && data.task !== undefined && Number(data.task) === id);

/** An event of a task's life, in words. Several tickets that follow each other are one. */
export interface Step {
  name: string;
  block: number;
  /** The last block, of several tickets. */
  to?: number;
  time?: number;
  count: number;
  happening: Happening;
  /** Tickets, added up. */
  work: bigint;
}

export const STEP_NAMES: Record<string, string> = {
  TaskPosted: 'Posted',
  TaskClaimed: 'Claimed',
  TicketAccepted: 'Tickets accepted',
  ResultDelivered: 'Delivered',
  ResultRefuted: 'Result refuted',
  TaskFinalized: 'Finalised',
  TaskCancelled: 'Cancelled',
  TaskExpired: 'Expired',
  ClaimExpired: 'Claim expired',
  ResultForgotten: 'Removed',
};

export function steps(happenings: Happening[]): Step[] {
  const all: Step[] = [];
  for (const each of happenings) {
    const work = each.method === 'TicketAccepted' ? BigInt(each.data.work.toString()) : 0n;
    const last = all[all.length - 1];
    if (last && each.method === 'TicketAccepted' && last.happening.method === each.method) {
      last.to = each.block;
      last.count++;
      last.work += work;
    } else {
      all.push({ name: STEP_NAMES[each.method] ?? each.method, block: each.block, time: each.time, count: 1, happening: each, work });
    }
  }
  return all;
}

/** The same happenings of two sources, each once, in their order. */
export function merged(found: Happening[], heard: Happening[]): Happening[] {
  // Blocks that were heard of as they came have all their events; of others only what was searched is known.
  const blocks = new Set(heard.map(({ block }) => block));
  return [...found.filter(({ block }) => !blocks.has(block)), ...heard].sort((one, other) => one.block - other.block);
}

export interface Past {
  happenings: Happening[];
  /** The first block whose state this node still has, where the task is older. */
  prunedBefore?: number;
}

const task = async ({ query }: State, id: number): Promise<any> => (await query.pouw.tasks(id)).unwrapOr(undefined);

/**
 * The events of a task from before this page listened, found by the blocks in which its state changed: no node keeps an index of
 * them. Of claims that ended without a result only the last one is found.
 */
export async function pastOf(chain: Chain, id: number, head: number): Promise<Past> {
  const reads = <T>(block: number, read: (state: State) => Promise<T>) => readAt(chain, block, read);
  const posted = await firstBlock(1, head, (block) => reads(block, async ({ query }) => Number(await query.pouw.nextTaskId()) > id));
  if (!posted) return { happenings: [] };
  const blocks = new Set<number>();
  if (posted.exact) blocks.add(posted.block);

  // Where it isn't there any more, the block that removed it; its last state is the one before.
  let until = head;
  const removed = await firstBlock(posted.block, head, (block) => reads(block, async (state) => !(await task(state, id))));
  if (removed?.exact) blocks.add(removed.block);
  if (removed) until = removed.block - 1;

  let status = (until >= posted.block && (await reads(until, (state) => task(state, id))))?.status;
  if (status?.isFinalized) {
    until = Number(status.asFinalized.finalizedAt);
    blocks.add(until);
    status = (await reads(until - 1, (state) => task(state, id)))?.status;
  }
  if (status?.isDelivered) {
    const claimed = Number(status.asDelivered.claim.claimedAt);
    const delivered = await firstBlock(claimed, until - (blocks.has(until) ? 1 : 0), (block) => reads(block, async (state) => (await task(state, id))?.status.isDelivered ?? false));
    if (delivered?.exact) blocks.add(delivered.block);
    blocks.add(claimed);
  } else if (status?.isClaimed) {
    blocks.add(Number(status.asClaimed.claimedAt));
  }

  const happenings = await Promise.all([...blocks].map((block) => eventsAt(chain, block, id)));
  return {
    happenings: happenings.flat().sort((one, other) => one.block - other.block),
    prunedBefore: posted.exact ? undefined : posted.block,
  };
}

async function eventsAt(chain: Chain, block: number, id: number): Promise<Happening[]> {
  const state = await stateAt(chain, block);
  if (!state) return [];
  const found = await readAt(chain, block, async ({ query }) => Promise.all([query.system.events(), query.timestamp?.now()]));
  if (!found) return [];
  const [records, time] = found;
  return ofTask(records.map(({ event }: any) => happening(block, event, time && Number(time))), id);
}

/** Multiply-accumulates of a whole task. */
export const macsOf = ({ m, n, slabs }: Task, k: number): bigint => BigInt(m) * BigInt(n) * BigInt(slabs) * BigInt(k);
