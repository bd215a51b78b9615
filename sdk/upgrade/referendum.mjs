// The way of an upgrade through a referendum of root, step by step.

import { submit, toHex } from '@bcai/sdk';

const pause = (milliseconds) => new Promise((wake) => setTimeout(wake, milliseconds));

/** Approval by half of the account's free tokens, with its lock of one period. */
async function ballot(api, { address }) {
  const { data } = await api.query.system.account(address);
  return { Standard: { vote: { aye: true, conviction: 'Locked1x' }, balance: data.free.toBigInt() / 2n } };
}

/**
 * Proposes the code, pays the deposits, votes with what the voters have, waits, and applies it. `say` is told of every step with its block.
 *
 * @returns {Promise<{ referendum: number, block: string }>} of the enactment
 */
export async function propose(api, code, hash, { signer, voters }, say) {
  const number = async (block) => (await api.rpc.chain.getHeader(block)).number.toNumber();
  const call = api.tx.system.authorizeUpgrade(hash);
  const proposal = { Inline: call.method.toHex() };
  const submitted = await submit(api, api.tx.referenda.submit({ system: 'Root' }, proposal, { After: 0 }), signer);
  const { data } = submitted.events.find(({ section, method }) => section === 'referenda' && method === 'Submitted');
  const index = data.index.toNumber();
  say(await number(submitted.block), `referendum ${index} submitted: system.authorizeUpgrade(${hash})`);
  const placed = await submit(api, api.tx.referenda.placeDecisionDeposit(index), signer);
  say(await number(placed.block), 'decision deposit placed');
  await Promise.all(
    voters.map(async (voter) => {
      const { block } = await submit(api, api.tx.convictionVoting.vote(index, await ballot(api, voter)), voter);
      say(await number(block), `${voter.address} voted aye`);
    }),
  );
  await passed(api, index, say);
  await authorized(api, hash);
  say((await api.rpc.chain.getHeader()).number.toNumber(), 'authorised');
  const { block } = await submit(api, api.tx.system.applyAuthorizedUpgrade(toHex(code)), signer);
  say(await number(block), 'applied: the next block runs the new runtime');
  return { referendum: index, block };
}

/** Waits until a referendum has passed, and tells what it waits for. */
async function passed(api, index, say) {
  let last;
  for (;;) {
    const info = (await api.query.referenda.referendumInfoFor(index)).unwrap();
    const best = (await api.rpc.chain.getHeader()).number.toNumber();
    if (info.isApproved) return say(info.asApproved[0].toNumber(), 'passed');
    if (!info.isOngoing) throw new Error(`referendum ${index} is ${info.type.toLowerCase()}`);
    const { deciding } = info.asOngoing;
    const phase = deciding.isNone ? 'being prepared' : deciding.unwrap().confirming.isSome ? 'being confirmed' : 'being decided';
    if (phase !== last) say(best, phase);
    last = phase;
    await pause(500);
  }
}

async function authorized(api, hash) {
  for (;;) {
    const now = await api.query.system.authorizedUpgrade();
    if (now.isSome && now.unwrap().codeHash.toHex() === hash) return;
    await pause(500);
  }
}

/** What a referendum would do: its state, its origin, and its call. */
export async function described(api, index) {
  const info = await api.query.referenda.referendumInfoFor(index);
  if (info.isNone) throw new Error(`there is no referendum ${index}`);
  const { type } = info.unwrap();
  if (!info.unwrap().isOngoing) return { state: type.toLowerCase() };
  const { proposal, origin, tally, track } = info.unwrap().asOngoing;
  const call = await proposed(api, proposal);
  return { state: type.toLowerCase(), origin: origin.toHuman(), track: track.toNumber(), tally: tally.toHuman(), call };
}

async function proposed(api, proposal) {
  if (proposal.isInline) return api.registry.createType('Call', proposal.asInline.toU8a(true));
  const { hash, len } = proposal.isLookup ? proposal.asLookup : { hash: proposal.asLegacy.hash_, len: undefined };
  const preimage = await api.query.preimage.preimageFor([hash, len]);
  if (preimage.isNone) throw new Error(`the preimage ${hash} of ${len} bytes isn't on the chain: what it does can't be told`);
  return api.registry.createType('Call', preimage.unwrap().toU8a(true));
}
