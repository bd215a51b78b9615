// What a chain remembers, read back block by block: events, and the money of an account.

/** The events of blocks `from`..`to` as { block, section, name, data }, data in plain JSON with names. */
export async function events(api, from, to) {
  const all = [];
  for (let block = from; block <= to; block++) {
    const at = await api.at(await api.rpc.chain.getBlockHash(block));
    for (const { event } of await at.query.system.events()) {
      // By number where an event's data has no names.
      const data = Object.fromEntries(event.data.map((value, index) => [event.data.names?.[index] ?? index, value.toJSON()]));
      all.push({ block, section: event.section, name: event.method, data });
    }
  }
  return all;
}

/** When a block says that it was made, in milliseconds: by hand, since blocks of two runtimes may be asked for in turn. */
export async function timeOf({ api, rpc }, number) {
  const stored = await rpc('state_getStorage', api.query.timestamp.now.key(), await rpc('chain_getBlockHash', number));
  return Number(Buffer.from(stored.slice(2), 'hex').readBigUInt64LE());
}

/**
 * The first block from `from` on whose state has a later runtime than `version`, if there is one. Nothing is decoded for it: the client takes on
 * the new metadata at that moment, and mistakes what the old runtime wrote.
 */
export async function enactedSince(node, version, from) {
  const best = await node.best();
  for (let number = from; number <= best; number++) {
    const { specVersion } = await node.rpc('state_getRuntimeVersion', await node.rpc('chain_getBlockHash', number));
    if (specVersion > version) return number;
  }
  return undefined;
}

/** How BABE names the ways to author a block, in what the block says of its slot. */
const AUTHORED = { 1: 'primary', 2: 'plain', 3: 'vrf' };

/** Who made a block in which slot, and by which right: as the first of its author, or as the one whose turn it is, `plain` or with a `vrf`. */
export async function authorOf({ rpc }, number) {
  const { digest } = await rpc('chain_getHeader', await rpc('chain_getBlockHash', number));
  // What BABE says before the block: the engine, and the length of what follows in one, two or four bytes.
  const log = Buffer.from(digest.logs.find((each) => each.startsWith('0x0642414245')).slice(2), 'hex');
  const said = log.subarray(5 + [1, 2, 4][log[5] & 3]);
  return { right: AUTHORED[said[0]], authority: said.readUInt32LE(1), slot: Number(said.readBigUInt64LE(5)) };
}

/** Free and held balance of an account, now or at a block. */
export async function money(api, address, block) {
  const at = block === undefined ? api : await api.at(await api.rpc.chain.getBlockHash(block));
  const { data } = await at.query.system.account(address);
  return { free: data.free.toBigInt(), held: data.reserved.toBigInt(), total: data.free.toBigInt() + data.reserved.toBigInt() };
}

/** Transaction fees that an account paid in these events. */
export function feesOf(address, list) {
  return list
    .filter(({ section, name, data }) => section === 'transactionPayment' && name === 'TransactionFeePaid' && data.who === address)
    .reduce((sum, { data }) => sum + BigInt(data.actualFee), 0n);
}
