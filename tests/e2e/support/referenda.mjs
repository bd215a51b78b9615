// Referenda as a client makes and follows them.

import { submit as now } from '@bcai/sdk';
import { until } from './node.mjs';

export const UNIT = 1_000_000_000_000n;

/** What a referendum speaks with, as `referenda.submit` takes it. */
export const ROOT = { system: 'Root' };
export const origin = (name) => ({ Origins: name });

const last = new Map();

/** Sends a call after the ones that this account has sent before, so that tests beside each other don't take each other's nonces. */
export function submit(api, call, signer) {
  const before = last.get(signer.address) ?? Promise.resolve();
  const sent = before.then(() => now(api, call, signer));
  last.set(signer.address, sent.catch(() => undefined));
  return sent;
}

/** Submits a call as a proposal of this origin; gives its index. */
export async function propose(api, from, call, signer) {
  const proposal = { Inline: call.method.toHex() };
  const { events } = await submit(api, api.tx.referenda.submit(from, proposal, { After: 0 }), signer);
  return events.find(({ section, method }) => section === 'referenda' && method === 'Submitted').data.index.toNumber();
}

/** The same with its decision deposit. */
export async function proposeWithDeposit(api, from, call, signer) {
  const index = await propose(api, from, call, signer);
  await submit(api, api.tx.referenda.placeDecisionDeposit(index), signer);
  return index;
}

export const aye = (balance, conviction = 'Locked1x') => ({ Standard: { vote: { aye: true, conviction }, balance } });
export const nay = (balance, conviction = 'Locked1x') => ({ Standard: { vote: { aye: false, conviction }, balance } });

export const vote = (api, index, choice, signer) => submit(api, api.tx.convictionVoting.vote(index, choice), signer);

/** What became of a referendum: Ongoing, Approved, Rejected, Cancelled, TimedOut, Killed. */
export async function state(api, index) {
  const info = (await api.query.referenda.referendumInfoFor(index)).unwrap();
  return info.type;
}

/** The tally of one that goes on, in units of the smallest amount. */
export async function tally(api, index) {
  const { ayes, nays, support } = (await api.query.referenda.referendumInfoFor(index)).unwrap().asOngoing.tally;
  return { ayes: ayes.toBigInt(), nays: nays.toBigInt(), support: support.toBigInt() };
}

/** Waits until a referendum has ended so: 65 s where the machine keeps up with the blocks. */
export function ended(api, index, as, patience = 300_000) {
  return until(`referendum ${index} to be ${as}`, async () => {
    const now = await state(api, index);
    if (now !== 'Ongoing' && now !== as) throw new Error(`referendum ${index} is ${now}, not ${as}`);
    return now === as;
  }, patience);
}

/** Waits for the first event of this name from block `from` on; gives it with its block. */
export async function happened(api, section, name, from, matches = () => true, patience = 120_000) {
  let next = from;
  return until(`${section}.${name}`, async () => {
    const best = (await api.rpc.chain.getHeader()).number.toNumber();
    for (; next <= best; next++) {
      const at = await api.at(await api.rpc.chain.getBlockHash(next));
      for (const { event } of await at.query.system.events()) {
        if (event.section !== section || event.method !== name) continue;
        const data = Object.fromEntries(event.data.names.map((key, index) => [key, event.data[index]]));
        if (matches(data)) return { block: next, data };
      }
    }
    return undefined;
  }, patience);
}
