// What no upgrade may change, although the chain would take it and its first block could be made.

/** Constants that a chain has from genesis, by what would happen with another value. */
const CONSTANTS = new Map([
  ['Babe.ExpectedBlockTime', 'nodes count slots by it from genesis on, and would refuse every block'],
  ['Babe.EpochDuration', 'nodes count epochs by it from genesis on, and would refuse the first block of the next one'],
  ['Timestamp.MinimumPeriod', 'twice of it is a slot to the chain, which would refuse every block of its nodes'],
  ['System.SS58Prefix', 'every address would be written otherwise, and those that are known refused'],
]);

/** Without one of these no block can be made, or no later upgrade voted. */
const PALLETS = new Set([
  'System', 'Timestamp', 'Babe', 'Grandpa', 'Session', 'Balances', 'TransactionPayment', 'Preimage', 'Scheduler', 'Referenda', 'ConvictionVoting', 'Origins', 'Migrations',
]);

/** Their values in a metadata, as they are encoded. A stranger's types are not asked: they can be made to take for ever. */
const constantsOf = (metadata) =>
  new Map(metadata.asLatest.pallets.flatMap(({ name, constants }) => constants.map((each) => [`${name}.${each.name}`, each])).filter(([name]) => CONSTANTS.has(name)));

/** As people write it, by the chain's own type. */
function text({ registry }, { type }, { value }) {
  try {
    return registry.createType(registry.createLookupType(type), value.toU8a(true)).toString();
  } catch {
    return value.toHex();
  }
}

const indicesOf = (metadata) => new Map(metadata.asLatest.pallets.map(({ name, index }) => [name.toString(), index.toNumber()]));

/**
 * What of a runtime would stop the chain or have it mean something else by what it stores: a line for each.
 *
 * @param {import('@polkadot/types').Metadata} before the chain's
 * @param {import('@polkadot/types').Metadata} after the runtime's
 * @returns {string[]}
 */
export function fixed(before, after) {
  const lines = [];
  const [was, is] = [constantsOf(before), constantsOf(after)];
  for (const [name, reason] of CONSTANTS) {
    // A constant may come, go or be renamed; only its value is fixed.
    const [one, other] = [was.get(name), is.get(name)];
    if (one && other && !one.value.eq(other.value)) lines.push(`${name} is ${text(before, one, other)}, which must stay ${text(before, one, one)}: ${reason}`);
  }
  const [old, now] = [indicesOf(before), indicesOf(after)];
  for (const [name, index] of old) {
    if (!now.has(name)) {
      if (PALLETS.has(name)) lines.push(`pallet ${name} is gone: without it no block can be made, or no later upgrade voted`);
    } else if (now.get(name) !== index) {
      lines.push(`pallet ${name} has the index ${now.get(name)}, which must stay ${index}: calls and origins that the chain stores would mean something else`);
    }
  }
  for (const [name, index] of now) {
    const [former] = [...old].find(([, each]) => each === index) ?? [];
    if (former && !old.has(name) && !now.has(former)) {
      lines.push(`pallet ${name} has the index ${index}, which was that of ${former}: calls and origins that the chain stores would mean something else`);
    }
  }
  return lines;
}
