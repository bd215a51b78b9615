// The last blocks of the best chain, read as they come, and what happened in them.

import type { ApiPromise } from '@polkadot/api';
import type { ApiDecoration } from '@polkadot/api/types';
import type { Header } from '@polkadot/types/interfaces';
import type { IEventData } from '@polkadot/types/types';
import { Store } from './store.ts';

/** How many blocks are kept, and how many of before the connection are read. */
const KEPT = 60;
const BEFORE = 40;
/** How many happenings are kept: those of blocks that are not kept any more among them. */
const HAPPENINGS = 2_000;

export interface Head {
  number: number;
  hash: string;
}

export interface Transaction {
  hash: string;
  /** pallet.call; what can't be decoded has a name that says so. */
  call: string;
  /** Nobody where it is not signed. */
  signer?: string;
  /** pallet.Error where its call failed. */
  failure?: string;
}

/** An event, with its data by name. */
export interface Happening {
  block: number;
  /** Of the block, where it was asked for. */
  time?: number;
  section: string;
  method: string;
  data: Record<string, any>;
}

export interface Block extends Head {
  parent: string;
  /** Milliseconds since 1970; 0 of a chain without a clock. */
  time: number;
  /** Who made it, where that is known. */
  author?: string;
  /** Without the inherents, which every block has. */
  transactions: Transaction[];
  happenings: Happening[];
}

export class Blocks {
  /** The newest first. */
  readonly last = new Store<Block[]>([]);
  readonly best = new Store<(Head & { /** When this page heard of it. */ heard: number }) | undefined>(undefined);
  readonly finalized = new Store<Head | undefined>(undefined);
  /** Events since shortly before the connection, the newest last. */
  readonly happenings = new Store<Happening[]>([]);
  #wanted?: Header;
  #reading = false;

  constructor(private readonly api: ApiPromise) {}

  async start(): Promise<void> {
    await Promise.all([
      this.api.rpc.chain.subscribeNewHeads((header) => {
        this.#wanted = header;
        this.best.set({ ...headOf(header), heard: Date.now() });
        void this.#follow();
      }),
      this.api.rpc.chain.subscribeFinalizedHeads((header) => this.finalized.set(headOf(header))),
    ]);
  }

  /** Reads up to the newest head, one after the other; what can't be read now is tried with the next head. */
  async #follow(): Promise<void> {
    if (this.#reading) return;
    this.#reading = true;
    try {
      while (this.#wanted) {
        const head = headOf(this.#wanted);
        this.#wanted = undefined;
        await this.#catchUp(head);
      }
    } catch {
      // The connection is lost, which is told elsewhere, or the block was pruned.
    } finally {
      this.#reading = false;
    }
  }

  /** Reads back from a head to the first block that is known, across a fork too. */
  async #catchUp({ number, hash }: Head): Promise<void> {
    const most = this.last.value.length === 0 ? BEFORE : KEPT;
    const read: Block[] = [];
    for (let next = hash; read.length < most && number - read.length > 0; next = read[read.length - 1].parent) {
      if (this.last.value.some((block) => block.hash === next)) break;
      read.push(await readBlock(this.api, next));
      // The first ones are shown before all are there.
      if (read.length % 10 === 1) this.#add(read);
    }
    this.#add(read);
  }

  #add(read: Block[]): void {
    if (read.length === 0) return;
    const oldest = read[read.length - 1].number;
    // What stands between or above was of another fork, or is read again.
    const newest = read[0].number;
    const rest = this.last.value.filter(({ number }) => number < oldest);
    this.last.set([...read, ...rest].slice(0, KEPT));
    const fresh = read.toReversed().flatMap(({ happenings }) => happenings);
    const before = this.happenings.value.filter(({ block }) => block < oldest || block > newest);
    const all = [...before, ...fresh].sort((one, other) => one.block - other.block);
    this.happenings.set(all.slice(-HAPPENINGS));
  }
}

const headOf = (header: Header): Head => ({ number: header.number.toNumber(), hash: header.hash.toHex() });

/** Digests of BABE begin with the kind of claim, and the number of the authority in four bytes. */
function authorityOf(header: Header): number | undefined {
  for (const log of header.digest.logs) {
    if (!log.isPreRuntime) continue;
    const [engine, data] = log.asPreRuntime;
    const bytes = data.toU8a(true);
    if (engine.toUtf8() === 'BABE' && bytes.length >= 5) return new DataView(bytes.buffer, bytes.byteOffset).getUint32(1, true);
  }
  return undefined;
}

async function readBlock(api: ApiPromise, hash: string): Promise<Block> {
  const at = await api.at(hash);
  const [raw, header, time, validators, records] = await Promise.all([
    api.rpc.chain.getBlock.raw(hash) as Promise<any>,
    api.rpc.chain.getHeader(hash),
    at.query.timestamp?.now() as Promise<any>,
    at.query.session?.validators() as Promise<any>,
    // A chain whose events this library can't read still has blocks.
    (at.query.system.events() as Promise<any>).catch(() => []),
  ]);
  const number = header.number.toNumber();
  const authority = authorityOf(header);
  return {
    number,
    hash,
    parent: header.parentHash.toHex(),
    time: time?.toNumber() ?? 0,
    author: authority === undefined ? undefined : validators?.[authority]?.toString(),
    transactions: transactionsOf(at, raw.block.extrinsics, records),
    happenings: records.map(({ event }: any) => happening(number, event, time?.toNumber())),
  };
}

export const happening = (block: number, { section, method, data }: { section: string; method: string; data: IEventData }, time?: number): Happening => ({
  block,
  time,
  section,
  method,
  data: Object.fromEntries((data as unknown as unknown[]).map((value, index) => [data.names?.[index] ?? index, value])),
});

function transactionsOf(at: ApiDecoration<'promise'>, extrinsics: string[], records: any[]): Transaction[] {
  return extrinsics.flatMap((encoded, index) => {
    const hash = at.registry.hash(at.registry.createType('Bytes', encoded).toU8a(true)).toHex();
    let decoded: any;
    try {
      decoded = at.registry.createType('Extrinsic', encoded);
    } catch {
      return [{ hash, call: 'a call that this runtime does not know' }];
    }
    const { section, method } = decoded.method;
    if (!decoded.isSigned && INHERENTS.includes(`${section}.${method}`)) return [];
    const failed = records.find(({ phase, event }) => phase.isApplyExtrinsic && phase.asApplyExtrinsic.eq(index) && event.section === 'system' && event.method === 'ExtrinsicFailed');
    return [{
      hash,
      call: `${section}.${method}`,
      signer: decoded.isSigned ? decoded.signer.toString() : undefined,
      failure: failed && errorName(at, failed.event.data[0]),
    }];
  });
}

/** What authors put into blocks by themselves. */
const INHERENTS = ['timestamp.set', 'parachainSystem.setValidationData', 'authorship.setUncles'];

/** pallet.Error, or what the runtime itself calls it. */
export function errorName(at: { registry: ApiDecoration<'promise'>['registry'] }, error: any): string {
  if (!error.isModule) return error.value?.type ? `${error.type}.${error.value.type}` : error.type;
  try {
    const { section, name } = at.registry.findMetaError(error.asModule);
    return `${section}.${name}`;
  } catch {
    return 'an error that this runtime does not know';
  }
}
