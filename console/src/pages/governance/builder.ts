// The calls that a runtime has.

import type { ApiPromise } from '@polkadot/api';

export const palletsOf = (api: ApiPromise): string[] => Object.keys(api.tx).filter((pallet) => callsOf(api, pallet).length > 0).sort();

export const callsOf = (api: ApiPromise, pallet: string): string[] => Object.keys(api.tx[pallet] ?? {}).sort();

export interface Argument {
  name: string;
  type: string;
  /** There may be nothing. */
  optional: boolean;
}

export function argumentsOf(api: ApiPromise, pallet: string, method: string): Argument[] {
  const call = api.tx[pallet]?.[method];
  if (!call) return [];
  return call.meta.args.map(({ name, typeName, type }) => ({
    name: name.toString(),
    type: typeName.isSome ? typeName.unwrap().toString() : type.toString(),
    optional: /^(Null$|Option<)/.test(type.toString()),
  }));
}
