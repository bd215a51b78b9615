// The tracks of referenda, as the runtime lists them.

import type { State } from '../../chain/state.ts';
import { curveOf, type Curve } from './curves.ts';

/** Periods are in blocks. */
export interface Track {
  id: number;
  name: string;
  maxDeciding: number;
  decisionDeposit: bigint;
  prepare: number;
  decision: number;
  confirm: number;
  enactment: number;
  approval: Curve;
  support: Curve;
}

/** A name fills a fixed number of bytes, with zeros behind it. */
const nameOf = (codec: any): string => {
  const bytes: Uint8Array = codec.toU8a(true);
  return new TextDecoder().decode(bytes).replace(/\0+$/, '');
};

export function tracksOf(consts: State['consts']): Track[] {
  return (consts.referenda?.tracks ?? []).map(([id, info]: any) => ({
    id: Number(id),
    name: nameOf(info.name),
    maxDeciding: Number(info.maxDeciding),
    decisionDeposit: info.decisionDeposit.toBigInt(),
    prepare: Number(info.preparePeriod),
    decision: Number(info.decisionPeriod),
    confirm: Number(info.confirmPeriod),
    enactment: Number(info.minEnactmentPeriod),
    approval: curveOf(info.minApproval),
    support: curveOf(info.minSupport),
  }));
}

/** `pouw_parameters` as people read it. */
export const titleOf = (name: string): string => name.replaceAll('_', ' ');

/** What a proposal of a track speaks with: root, or the origin of the track's name. */
export function originOf({ name }: Track): Record<string, string> {
  if (name === 'root') return { system: 'Root' };
  return { Origins: name.split('_').map((word) => word[0].toUpperCase() + word.slice(1)).join('') };
}
