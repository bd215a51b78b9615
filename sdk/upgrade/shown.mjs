// Calls and what they carry as a person reads them: bytes are hex, never text, which could look like other bytes.

import { Enum, GenericAccountId, GenericCall, Option, Raw, Struct } from '@polkadot/types';
import { blake2AsHex } from '@polkadot/util-crypto';

/** Bytes of which a person sees more than the hash. */
const SHORT = 64;

/** A value of the chain in one line. */
export function shown(value) {
  if (value instanceof GenericCall) {
    const names = value.meta.args.map(({ name }) => name);
    return `${value.section}.${value.method}(${[...value.args].map((each, at) => `${names[at]}: ${shown(each)}`).join(', ')})`;
  }
  if (value instanceof GenericAccountId) return value.toString();
  if (value instanceof Raw) {
    const bytes = value.toU8a(true);
    return bytes.length > SHORT ? `(${bytes.length} bytes, blake2-256 ${blake2AsHex(bytes)})` : value.toHex();
  }
  if (value instanceof Option) return value.isNone ? 'None' : shown(value.unwrap());
  if (value instanceof Enum) return value.isBasic || value.isNone ? value.type : `${value.type}(${shown(value.value)})`;
  if (value instanceof Struct) return `{${[...value].map(([name, each]) => `${name}: ${shown(each)}`).join(', ')}}`;
  if (Array.isArray(value)) return `[${value.map(shown).join(', ')}]`;
  return value.toString();
}

/** `Root`, or the pallet and the name of another origin. */
export function originOf(origin) {
  if (origin.isSystem) return shown(origin.asSystem);
  return origin.value instanceof Enum ? `${origin.type}.${shown(origin.value)}` : shown(origin);
}
