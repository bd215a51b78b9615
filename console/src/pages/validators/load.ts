// What the chain says of its validators at a block.

import type { State } from '../../chain/state.ts';

export interface Validator {
  address: string;
  /** In GRANDPA's set; nothing where its key is not there. */
  weight?: number;
  disabled: boolean;
}

/** The weight that makes a block final: of n, all but those that may fail, (n - 1) / 3. */
export const threshold = (total: number): number => total - Math.floor((total - 1) / 3);

export async function load({ query, consts, chain }: State) {
  const [addresses, session, disabled, queued] = await Promise.all([
    query.session?.validators() ?? [],
    query.session?.currentIndex() ?? 0,
    query.session?.disabledValidators?.() ?? [],
    query.session?.queuedKeys() ?? [],
  ]);
  const authorities: [any, any][] = [...((await query.grandpa?.authorities?.()) ?? [])].map(([key, weight]: any) => [key, weight]);
  const owners: any[] = authorities.length === 0 ? [] : await query.session.keyOwner.multi(authorities.map(([key]) => ['gran', key.toHex()]));
  const weights = new Map<string, number>();
  owners.forEach((owner, index) => {
    if (owner.isSome) weights.set(owner.unwrap().toString(), authorities[index][1].toNumber());
  });
  // Disabled ones are told by their place, newer chains put an offence beside it.
  const places = new Set([...disabled].map((each: any) => (Array.isArray(each) ? each[0] : each).toNumber()));
  const validators: Validator[] = [...addresses].map((address: any, index: number) => ({
    address: address.toString(),
    weight: weights.get(address.toString()),
    disabled: places.has(index),
  }));
  const next = [...queued].map(([address]: any) => address.toString());
  const total = authorities.reduce((sum, [, weight]) => sum + weight.toNumber(), 0);
  return {
    validators,
    session: Number(session),
    next: next.length > 0 && next.join() !== validators.map(({ address }) => address).join() ? next : undefined,
    epoch: query.babe && await epoch(query, consts),
    grandpa: query.grandpa && { set: Number(await query.grandpa.currentSetId()), total, threshold: threshold(total) },
    round: query.grandpa && await round(chain.api),
    unknownVoters: owners.filter((owner) => owner.isNone || !validators.some(({ address }) => address === owner.unwrap().toString())).length,
  };
}

async function epoch(query: State['query'], consts: State['consts']) {
  const [index, genesis, current] = await Promise.all([query.babe.epochIndex(), query.babe.genesisSlot(), query.babe.currentSlot()]);
  const length = Number(consts.babe.epochDuration);
  // Epochs are counted in slots since the first block.
  const passed = Number(current) - Number(genesis) - Number(index) * length;
  return { index: Number(index), length, passed: Math.min(length, Math.max(0, passed)) };
}

/** The round of votes that this node sees; a node that doesn't vote or watch knows of none. */
async function round(api: State['chain']['api']) {
  try {
    const { best } = await api.rpc.grandpa.roundState();
    return { number: best.round.toNumber(), total: best.totalWeight.toNumber(), prevotes: best.prevotes.currentWeight.toNumber() };
  } catch {
    return undefined;
  }
}
