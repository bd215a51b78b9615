// Referenda as the chain stores them, and what became of those that ended.

import { errorName, happening, type Happening } from '../../chain/blocks.ts';
import type { Chain } from '../../chain/connection.ts';
import { plain, type Call, type Plain } from '../../chain/plain.ts';
import { firstBlock } from '../../chain/search.ts';
import { readAt, stateAt, type State } from '../../chain/state.ts';
import { standing, type Ending, type Ongoing, type Standing } from './standing.ts';
import { tracksOf, type Track } from './tracks.ts';

export interface Proposal {
  call?: Call;
  /** Of its encoding. */
  hash?: string;
  /** Why there is no call, in one line. */
  problem?: string;
  origin: Plain;
  submitter?: string;
}

export interface Referendum {
  index: number;
  track?: Track;
  proposal?: Proposal;
  /** While it goes on. */
  ongoing?: Ongoing & { enactment: Plain };
  standing?: Standing;
  /** When it is over: how, and since which block. */
  ended?: { as: Ending; since: number };
  deposits: { submission?: Deposit; decision?: Deposit };
}

export interface Deposit {
  who: string;
  amount: bigint;
}

/** Active tokens: whom support is counted against. */
export async function electorateOf({ query }: State): Promise<bigint> {
  const [total, inactive] = await Promise.all([query.balances.totalIssuance(), query.balances.inactiveIssuance()]);
  return (total.toBigInt() as bigint) - (inactive.toBigInt() as bigint);
}

/** Referenda of these numbers; one that was never submitted is left out. */
export async function readReferenda(state: State, indices: number[]): Promise<Referendum[]> {
  if (indices.length === 0) return [];
  const [infos, electorate] = await Promise.all([state.query.referenda.referendumInfoFor.multi(indices), electorateOf(state)]);
  const found = infos.map((info: any, place: number) => (info.isSome ? read(state, indices[place], info.unwrap(), electorate) : undefined));
  return (await Promise.all(found)).filter((each) => each !== undefined);
}

async function read(state: State, index: number, info: any, electorate: bigint): Promise<Referendum> {
  if (!info.isOngoing) {
    const as = info.type as Ending;
    // Killed ones have no deposits any more, and say their block alone.
    const [since, submission, decision] = as === 'Killed' ? [info.asKilled] : [...info.value];
    const before = await lastOngoing(state.chain, index, Number(since));
    return { index, ...before, ended: { as, since: Number(since) }, deposits: { submission: depositOf(submission), decision: depositOf(decision) } };
  }
  const status = info.asOngoing;
  const track = tracksOf(state.consts).find(({ id }) => id === Number(status.track));
  const ongoing = ongoingOf(status);
  return {
    index,
    track,
    proposal: await proposalOf(state, status),
    ongoing,
    standing: track && standing(ongoing, track, state.number, electorate, Number(state.consts.referenda.undecidingTimeout)),
    deposits: { submission: depositOf(status.submissionDeposit), decision: depositOf(status.decisionDeposit) },
  };
}

function depositOf(codec: any): Deposit | undefined {
  const deposit = codec && 'isSome' in codec ? codec.unwrapOr(undefined) : codec;
  return deposit && { who: deposit.who.toString(), amount: deposit.amount.toBigInt() };
}

function ongoingOf(status: any): Ongoing & { enactment: Plain } {
  const deciding = status.deciding.unwrapOr(undefined);
  const confirming = deciding?.confirming.unwrapOr(undefined);
  const { ayes, nays, support } = status.tally;
  return {
    submitted: Number(status.submitted),
    hasDecisionDeposit: status.decisionDeposit.isSome,
    inQueue: status.inQueue.isTrue,
    decidingSince: deciding && Number(deciding.since),
    confirmedAt: confirming && Number(confirming),
    tally: { ayes: ayes.toBigInt(), nays: nays.toBigInt(), support: support.toBigInt() },
    enactment: plain(status.enactment),
  };
}

async function proposalOf(state: State, { proposal, origin, submissionDeposit }: any): Promise<Proposal> {
  const about = { origin: plain(origin), submitter: submissionDeposit.who.toString() };
  const { bytes, hash, problem } = await encodingOf(state, proposal);
  if (!bytes) return { ...about, hash, problem };
  try {
    return { ...about, hash: hash ?? state.registry.hash(bytes).toHex(), call: plain(state.registry.createType('Call', bytes)) as unknown as Call };
  } catch {
    return { ...about, hash: hash ?? state.registry.hash(bytes).toHex(), problem: 'this runtime has no such call: the proposal would fail' };
  }
}

async function encodingOf({ query }: State, proposal: any): Promise<{ bytes?: Uint8Array; hash?: string; problem?: string }> {
  if (proposal.isInline) return { bytes: proposal.asInline.toU8a(true) };
  const lookup = proposal.isLookup ? proposal.asLookup : undefined;
  const hash = (lookup ? lookup.hash_ ?? lookup.get('hash') : proposal.asLegacy.hash_ ?? proposal.asLegacy.get('hash')).toHex();
  if (lookup) {
    const preimage = (await query.preimage.preimageFor([hash, Number(lookup.len)])).unwrapOr(undefined);
    if (preimage) return { bytes: preimage.toU8a(true), hash };
  }
  return { hash, problem: `the proposal's text, of hash ${hash}, is not on the chain` };
}

/** What is kept of ended ones, by chain and number: it doesn't change any more. */
const endings = new WeakMap<Chain, Map<number, Promise<Pick<Referendum, 'track' | 'proposal'>>>>();

/** Track and proposal from the block before it ended: afterwards the chain keeps neither. */
function lastOngoing(chain: Chain, index: number, since: number): Promise<Pick<Referendum, 'track' | 'proposal'>> {
  let known = endings.get(chain);
  if (!known) endings.set(chain, (known = new Map()));
  let found = known.get(index);
  if (!found) {
    found = readAt(chain, since - 1, async (state) => {
      const info = (await state.query.referenda.referendumInfoFor(index)).unwrapOr(undefined);
      if (!info?.isOngoing) return {};
      const { asOngoing: status } = info;
      return { track: tracksOf(state.consts).find(({ id }) => id === Number(status.track)), proposal: await proposalOf(state, status) };
    }).then((value) => value ?? {});
    known.set(index, found);
    const map = known;
    found.catch(() => map.delete(index));
  }
  return found;
}

export type Enactment =
  /** The block in which the scheduler will make the call. */
  | { as: 'scheduled'; block: number }
  | { as: 'executed'; block: number; failure?: string }
  /** It isn't scheduled any more, and this node doesn't have the block that would tell. */
  | { as: 'unknown' };

const encoder = new TextEncoder();

/** The name by which the scheduler knows the enactment of a referendum: hashed as pallet-referenda does. */
export function enactmentName(hash: (bytes: Uint8Array) => { toHex(): string }, index: number): string {
  const name = new Uint8Array(8 + 1 + 9 + 4);
  name.set(encoder.encode('assembly'));
  // The length of a text of nine bytes, as the chain encodes it.
  name[8] = 9 << 2;
  name.set(encoder.encode('enactment'), 9);
  new DataView(name.buffer).setUint32(18, index, true);
  return hash(name).toHex();
}

/** What became of a confirmed referendum's call. */
export async function enactmentOf(state: State, index: number, since: number): Promise<Enactment> {
  const name = enactmentName((bytes) => state.registry.hash(bytes), index);
  const lookup = (await state.query.scheduler.lookup(name)).unwrapOr(undefined);
  if (lookup) return { as: 'scheduled', block: Number(lookup[0]) };
  const { chain } = state;
  const gone = await firstBlock(since + 1, state.number, (block) => readAt(chain, block, async ({ query }) => (await query.scheduler.lookup(name)).isNone));
  const dispatched = gone && (await dispatchOf(chain, gone.block, name));
  if (!gone || !dispatched) return { as: 'unknown' };
  const { result } = dispatched.data;
  return { as: 'executed', block: gone.block, failure: result.isErr ? errorName(state, result.asErr) : undefined };
}

async function dispatchOf(chain: Chain, block: number, name: string): Promise<Happening | undefined> {
  if (!(await stateAt(chain, block))) return undefined;
  const records: any = await readAt(chain, block, ({ query }) => query.system.events());
  return records
    ?.map(({ event }: any) => happening(block, event))
    .find(({ section, method, data }: Happening) => section === 'scheduler' && method === 'Dispatched' && data.id?.unwrapOr(undefined)?.toHex() === name);
}

/** An account's vote, as `vote(call)` in words takes it. */
export async function voteOf({ query }: State, account: string, track: number, index: number): Promise<Plain | undefined> {
  const voting = await query.convictionVoting.votingFor(account, track);
  if (voting.isDelegating) return { delegated: plain(voting.asDelegating) };
  const found = voting.asCasting.votes.find(([poll]: any) => Number(poll) === index);
  return found && plain(found[1]);
}
