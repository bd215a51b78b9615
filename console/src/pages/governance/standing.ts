// Where a referendum stands: what pallet-referenda would say of it at a block.

import type { Tone } from '../../ui/parts.tsx';
import { approvalOf, supportOf, threshold, type Tally } from './curves.ts';
import type { Track } from './tracks.ts';

/** One that goes on; blocks by their numbers. */
export interface Ongoing {
  submitted: number;
  hasDecisionDeposit: boolean;
  inQueue: boolean;
  decidingSince?: number;
  /** Where it is being confirmed, when it will be. */
  confirmedAt?: number;
  tally: Tally;
}

export type Stage = 'undeposited' | 'preparing' | 'queued' | 'deciding' | 'confirming';

export interface Standing {
  stage: Stage;
  /** Whether it would be confirmed with the votes of now, were it decided now. */
  passing: boolean;
  approval: number;
  support: number;
  approvalNeeded: number;
  supportNeeded: number;
  /** Share of the decision period that has passed. */
  x: number;
  /** The block in which this stage ends, where that is known. */
  until?: number;
}

export function standing(referendum: Ongoing, track: Track, head: number, electorate: bigint, undecidingTimeout: number): Standing {
  const { submitted, hasDecisionDeposit, inQueue, decidingSince, confirmedAt, tally } = referendum;
  const x = decidingSince === undefined ? 0 : Math.min(1, Math.max(0, head - decidingSince) / track.decision);
  const approval = approvalOf(tally);
  const support = supportOf(tally, electorate);
  const approvalNeeded = threshold(track.approval, x);
  const supportNeeded = threshold(track.support, x);
  const of = { passing: approval >= approvalNeeded && support >= supportNeeded, approval, support, approvalNeeded, supportNeeded, x };
  if (confirmedAt !== undefined) return { ...of, stage: 'confirming', until: confirmedAt };
  if (decidingSince !== undefined) return { ...of, stage: 'deciding', until: decidingSince + track.decision };
  if (!hasDecisionDeposit) return { ...of, stage: 'undeposited', until: submitted + undecidingTimeout };
  if (inQueue) return { ...of, stage: 'queued' };
  return { ...of, stage: 'preparing', until: submitted + track.prepare };
}

export const STAGES: Record<Stage, { word: string; tone: Tone; next: string }> = {
  undeposited: { word: 'no decision deposit', tone: 'warn', next: 'ends undecided' },
  preparing: { word: 'preparing', tone: 'plain', next: 'decision begins' },
  queued: { word: 'waits for a place', tone: 'plain', next: '' },
  deciding: { word: 'deciding', tone: 'busy', next: 'decision ends' },
  confirming: { word: 'confirming', tone: 'good', next: 'confirmed' },
};

export type Ending = 'Approved' | 'Rejected' | 'Cancelled' | 'TimedOut' | 'Killed';

export const ENDINGS: Record<Ending, { word: string; tone: Tone }> = {
  Approved: { word: 'confirmed', tone: 'good' },
  Rejected: { word: 'rejected', tone: 'bad' },
  Cancelled: { word: 'cancelled', tone: 'bad' },
  TimedOut: { word: 'timed out', tone: 'bad' },
  Killed: { word: 'killed', tone: 'bad' },
};
