// The way of an upgrade through a referendum of root, step by step.

import { insist, submit, toHex } from '@bcai/sdk';
import { blake2AsHex } from '@polkadot/util-crypto';
import { effects } from './effects.mjs';
import { originOf, shown } from './shown.mjs';

/** Milliseconds that a node may be away: on a live chain the way takes weeks. */
const PATIENCE = 3_600_000;
/** A node keeps the state of so many blocks. */
const KEPT = 250;
const MOST_PREIMAGES = 100;

const pause = (milliseconds) => new Promise((wake) => setTimeout(wake, milliseconds));
const ask = (action) => insist(action, PATIENCE);
// The connection may be lost while it signs; what is sent isn't sent twice.
const send = (...call) => ask(() => submit(...call));

/** Approval by half of the account's free tokens, with its lock of one period. */
async function ballot(api, { address }) {
  const { data } = await ask(() => api.query.system.account(address));
  return { Standard: { vote: { aye: true, conviction: 'Locked1x' }, balance: data.free.toBigInt() / 2n } };
}

const numberOf = async (api, block) => (await ask(() => api.rpc.chain.getHeader(block))).number.toNumber();

/**
 * Proposes the code and goes the whole way. `say` is told of every step with its block.
 *
 * @returns {Promise<{ referendum: number, block: string }>} of the enactment
 */
export async function propose(api, code, hash, people, say) {
  const call = api.tx.system.authorizeUpgrade(hash);
  const proposal = { Inline: call.method.toHex() };
  const submitted = await send(api, api.tx.referenda.submit({ system: 'Root' }, proposal, { After: 0 }), people.signer);
  const { data } = submitted.events.find(({ section, method }) => section === 'referenda' && method === 'Submitted');
  const index = data.index.toNumber();
  say(await numberOf(api, submitted.block), `referendum ${index} submitted: system.authorizeUpgrade(${hash}); --resume ${index} goes on from here`);
  return resume(api, index, code, hash, people, say);
}

/**
 * Pays the decision deposit, votes with what the voters have, waits, and applies the code: what of it isn't done yet.
 *
 * @returns {Promise<{ referendum: number, block: string }>} of the enactment
 */
export async function resume(api, index, code, hash, { signer, voters }, say) {
  const info = (await ask(() => api.query.referenda.referendumInfoFor(index))).unwrap();
  if (info.isOngoing) {
    if (info.asOngoing.decisionDeposit.isNone) {
      const placed = await send(api, api.tx.referenda.placeDecisionDeposit(index), signer);
      say(await numberOf(api, placed.block), 'decision deposit placed');
    }
    await Promise.all(
      voters.map(async (voter) => {
        const { block } = await send(api, api.tx.convictionVoting.vote(index, await ballot(api, voter)), voter);
        say(await numberOf(api, block), `${voter.address} voted aye`);
      }),
    );
  }
  await passed(api, index, say);
  const { number, block: head, applied } = await authorized(api, index, hash);
  if (applied) {
    say(number, 'applied already, by somebody else');
    return { referendum: index, block: head };
  }
  say(number, 'authorised');
  const { block } = await send(api, api.tx.system.applyAuthorizedUpgrade(toHex(code)), signer);
  say(await numberOf(api, block), 'applied: the next block runs the new runtime');
  return { referendum: index, block };
}

/** Waits until a referendum has passed, and tells what it waits for. */
async function passed(api, index, say) {
  let last;
  for (;;) {
    const info = (await ask(() => api.query.referenda.referendumInfoFor(index))).unwrap();
    if (info.isApproved) return say(info.asApproved[0].toNumber(), 'passed');
    if (!info.isOngoing) throw new Error(`referendum ${index} is ${info.type.toLowerCase()}`);
    const { deciding } = info.asOngoing;
    const phase = deciding.isNone ? 'being prepared' : deciding.unwrap().confirming.isSome ? 'being confirmed' : 'being decided';
    if (phase !== last) say(await numberOf(api), phase);
    last = phase;
    await pause(500);
  }
}

/** The name under which the scheduler has the enactment of a referendum. */
const enactmentOf = (api, index) => blake2AsHex(api.registry.createType('([u8; 8], Text, u32)', ['assembly', 'enactment', index]).toU8a());

/**
 * Waits until what a referendum has passed is enacted. Fails where that authorised something else, or nothing.
 *
 * @returns {Promise<{ number: number, block: string, applied: boolean }>} where it was seen, and whether the chain runs it already
 */
export async function authorized(api, index, hash) {
  const id = enactmentOf(api, index);
  for (;;) {
    const state = await ask(() => enactment(api, index, id));
    const { number, block } = state;
    if (state.code === hash) return { number, block, applied: true };
    if (state.authorized === hash) return { number, block, applied: false };
    if (state.done) {
      const because = await ask(() => reason(api, id, state));
      throw new Error(`referendum ${index} passed, but its enactment authorised nothing of this runtime: ${because}`);
    }
    await pause(500);
  }
}

/** All of it at one block. */
async function enactment(api, index, id) {
  const { hash: block, number } = await api.rpc.chain.getHeader();
  const { query } = await api.at(block);
  const [info, upgrade, scheduled, postponed, code] = await Promise.all([
    query.referenda.referendumInfoFor(index),
    query.system.authorizedUpgrade(),
    query.scheduler.lookup(id),
    // Blocks whose calls didn't all fit.
    query.scheduler.incompleteSince(),
    api.rpc.state.getStorageHash(':code', block),
  ]);
  return {
    number: number.toNumber(),
    block: block.toHex(),
    code: code.toHex(),
    authorized: upgrade.isSome ? upgrade.unwrap().codeHash.toHex() : undefined,
    // Another fork may have it undecided still.
    since: info.unwrap().isApproved ? info.unwrap().asApproved[0].toNumber() : undefined,
    done: info.unwrap().isApproved && scheduled.isNone && postponed.isNone,
  };
}

/** What the scheduler said of a call that it made, or couldn't. */
async function reason(api, id, { number, since, authorized }) {
  for (let at = Math.max(since, number - KEPT); at <= number; at++) {
    const { query } = await api.at(await api.rpc.chain.getBlockHash(at));
    const found = (await query.system.events()).find(({ event: { section, data } }) => section === 'scheduler' && data.id?.isSome && data.id.unwrap().toHex() === id);
    if (!found) continue;
    const { method, data } = found.event;
    if (method === 'Dispatched' && data.result.isErr) return `it failed in block ${at} with ${errorName(api, data.result.asErr)}`;
    if (method !== 'Dispatched' && method !== 'Scheduled') return `scheduler.${method} in block ${at}`;
  }
  return authorized ? `${authorized} is authorised` : 'it is over, and no upgrade is authorised';
}

function errorName(api, error) {
  if (!error.isModule) return error.type;
  const { section, name } = api.registry.findMetaError(error.asModule);
  return `${section}.${name}`;
}

/**
 * What a referendum would do: its state, its origin, its call and the effects of it; instead of them `doubt` where they can't be told.
 */
export async function asked(api, index) {
  const info = await api.query.referenda.referendumInfoFor(index);
  if (info.isNone) throw new Error(`there is no referendum ${index}`);
  const { type } = info.unwrap();
  const state = type.replace(/(?<=[a-z])(?=[A-Z])/g, ' ').toLowerCase();
  if (!info.unwrap().isOngoing) return { state, doubt: `it is ${state}, and the chain keeps no call of a referendum that has ended` };
  const { proposal, origin, tally, track } = info.unwrap().asOngoing;
  const decoded = (bytes) => api.registry.createType('Call', bytes.toU8a(true));
  let preimages = 0;
  const chain = {
    async preimage(hash, length) {
      preimages += 1;
      // Some few calls that name each other can make billions.
      if (preimages > MOST_PREIMAGES) throw new Error(`more than ${MOST_PREIMAGES} preimages are in it`);
      const bytes = await api.query.preimage.preimageFor([hash, length]);
      return bytes.isSome ? decoded(bytes.unwrap()) : undefined;
    },
    whitelisted: async (hash) => (await api.query.whitelist.whitelistedCall(hash)).isSome,
  };
  const about = { state, origin: originOf(origin), track: track.toNumber(), tally: tally.toJSON() };
  try {
    const call = proposal.isInline ? decoded(proposal.asInline) : proposal.isLookup ? await chain.preimage(proposal.asLookup.hash.toHex(), proposal.asLookup.len.toNumber()) : undefined;
    if (!call) return { ...about, doubt: `the bytes of its call aren't on the chain: ${shown(proposal)}` };
    return { ...about, call, effects: await effects(call, about.origin, chain) };
  } catch (error) {
    return { ...about, doubt: `its call can't be read: ${error.message}` };
  }
}
