// What the chain stores, as plain values: calls as calls, amounts as bigint, everything else as text, lists and records.

/** A call: `name` is pallet.call. */
export interface Call {
  name: string;
  /** First sentence of its documentation in the runtime. */
  about: string;
  args: Record<string, Plain>;
}

export type Plain = null | boolean | bigint | string | Call | Plain[] | { [name: string]: Plain };

export const isCall = (value: Plain): value is Call =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && typeof value.name === 'string' && typeof value.about === 'string' && 'args' in value;

/** Of a codec of @polkadot/types: by what it has, since an upgrade may bring any type. */
export function plain(codec: any): Plain {
  if (codec === null || codec === undefined) return null;
  if ('section' in codec && 'method' in codec && 'meta' in codec && 'args' in codec) return call(codec);
  const raw = codec.toRawType?.() ?? '';
  if (raw === 'Null') return null;
  if ('isSome' in codec && 'unwrap' in codec) return codec.isSome ? plain(codec.unwrap()) : null;
  if (raw === 'bool') return codec.isTrue;
  if (/^AccountId/.test(raw)) return codec.toString();
  // Addresses of transactions: mostly accounts.
  if (/^(MultiAddress|LookupSource)/.test(raw) || ('isId' in codec && 'asId' in codec)) return codec.isId ? codec.asId.toString() : codec.toString();
  if (raw in PARTS) return `${Number(codec) / (PARTS[raw] / 100)} %`;
  if (typeof codec.toBigInt === 'function') return codec.toBigInt();
  if (codec instanceof Uint8Array) return codec.length === 0 ? '0x' : `0x${[...codec].map((byte) => byte.toString(16).padStart(2, '0')).join('')}`;
  if ('isNone' in codec && 'type' in codec && 'value' in codec) {
    const inner = plain(codec.value);
    return inner === null ? codec.type : { [codec.type]: inner };
  }
  if (codec instanceof Map) return Object.fromEntries([...codec].map(([key, value]) => [String(key), plain(value)]));
  if (Array.isArray(codec) || codec instanceof Set) return [...codec].map(plain);
  return codec.toString();
}

/** Shares, by how many parts make a whole. */
const PARTS: Record<string, number> = { Percent: 100, Permill: 1e6, Perbill: 1e9 };

function call(codec: any): Call {
  const about = codec.meta.docs.map(String).join(' ').trim();
  return {
    name: `${codec.section}.${codec.method}`,
    about: /^(.*?[.])(\s|$)/.exec(about)?.[1] ?? about,
    args: Object.fromEntries(codec.meta.args.map(({ name }: any, index: number) => [name.toString(), plain(codec.args[index])])),
  };
}
