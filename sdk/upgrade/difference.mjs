// What differs between the metadata of two runtimes, in words. It is what the runtimes say of themselves: their code may do otherwise.

import { comparison } from './layouts.mjs';
import { cut, word } from './printable.mjs';

/** Places of one part that are told, and characters of a value. */
const [PLACES, CHARACTERS] = [3, 100];

/** One part of a pallet that both have: what of it is different, and by how much. */
const place = ({ at, before = 'nothing', after = 'nothing' }) => `${at === '' ? '' : `${at.replace(/^\./, '')} `}${before} -> ${after}`;
const places = (found) => `${found.slice(0, PLACES).map(place).join('; ')}${found.length > PLACES ? `; and ${found.length - PLACES} more` : ''}`;

/** Two values from where they differ on, so that long ones don't look the same. */
function values(was, is) {
  let same = 0;
  while (same < was.length && was[same] === is[same]) same += 1;
  const from = Math.max(was.length, is.length) > CHARACTERS ? Math.max(0, same - 30) : 0;
  const [one, other] = [was, is].map((text) => `${from > 0 ? '...' : ''}${cut(text.slice(from), CHARACTERS)}`);
  return { at: '', before: one, after: other, breaks: false };
}

/** Calls, storage, constants, errors and events of the pallets, by their names. */
function palletsOf({ asLatest, registry }) {
  const variants = (type, what) =>
    type.isSome ? registry.lookup.getSiType(type.unwrap().type).def.asVariant.variants.map((each) => [`${what} ${word(each.name)}`, { what, each }]) : [];
  return new Map(
    asLatest.pallets.map((pallet) => [
      word(pallet.name),
      {
        index: pallet.index.toNumber(),
        parts: new Map([
          ...variants(pallet.calls, 'call'),
          ...variants(pallet.events, 'event'),
          ...variants(pallet.errors, 'error'),
          ...pallet.constants.map((each) => [`constant ${word(each.name)}`, { what: 'constant', each }]),
          ...(pallet.storage.isSome ? pallet.storage.unwrap().items : []).map((each) => [`storage ${word(each.name)}`, { what: 'storage', each }]),
        ]),
      },
    ]),
  );
}

/**
 * The difference of two `Metadata`: lines for people, and whether transactions that were encoded for the first mean something else to the second.
 *
 * @returns {{ lines: string[], breaksTransactions: string[] }}
 */
export function difference(before, after) {
  const [lines, breaksTransactions] = [[], []];
  const compare = comparison(before.registry, after.registry);

  const constant = (was, is) => {
    const found = compare.types(was.type, is.type);
    if (was.value.eq(is.value)) return found;
    // With the chain's own type: it has none that takes long to read.
    const text = ({ value }) => (found.length > 0 ? value.toHex() : valueText(before.registry, was.type, value));
    return [values(text(was), text(is)), ...found];
  };
  const kind = ({ type }) => (type.isPlain ? 'one value' : `map by ${type.asMap.hashers.map(({ type }) => type).join(', ')}`);
  const storage = (was, is) => {
    const found = [];
    if (kind(was) !== kind(is)) found.push({ at: '', before: kind(was), after: kind(is), breaks: false });
    if (was.modifier.type !== is.modifier.type) found.push({ at: '', before: was.modifier.type, after: is.modifier.type, breaks: false });
    if (was.type.isMap && is.type.isMap) found.push(...compare.types(was.type.asMap.key, is.type.asMap.key, 'key'));
    const value = ({ type }) => (type.isPlain ? type.asPlain : type.asMap.value);
    found.push(...compare.types(value(was), value(is), 'value'));
    if (found.length === 0 && !was.fallback.eq(is.fallback)) found.push({ ...values(was.fallback.toHex(), is.fallback.toHex()), at: 'default' });
    return found;
  };
  const HOW = { constant, storage, call: compare.variants, event: compare.variants, error: compare.variants };

  const [old, now] = [palletsOf(before), palletsOf(after)];
  for (const [name, { index, parts }] of now) {
    const was = old.get(name);
    if (!was) {
      lines.push(`+ pallet ${name} (${index})`);
      continue;
    }
    if (was.index !== index) {
      lines.push(`! pallet ${name}: index ${was.index} -> ${index}`);
      breaksTransactions.push(`pallet ${name} has another index`);
    }
    for (const [part, { what, each }] of parts) {
      const former = was.parts.get(part);
      const found = former === undefined ? [] : HOW[what](former.each, each);
      if (former === undefined) lines.push(`+ ${name}: ${part}`);
      else if (found.length > 0) lines.push(`! ${name}: ${part}: ${places(found)}`);
      if (what === 'call' && found.some(({ breaks }) => breaks)) breaksTransactions.push(`${name}: ${part} is encoded otherwise`);
    }
    for (const part of was.parts.keys()) {
      if (parts.has(part)) continue;
      lines.push(`- ${name}: ${part}`);
      if (part.startsWith('call ')) breaksTransactions.push(`${name}: ${part} is gone`);
    }
  }
  for (const [name, { index }] of old) {
    if (now.has(name)) continue;
    lines.push(`- pallet ${name} (${index})`);
    breaksTransactions.push(`pallet ${name} is gone`);
  }
  for (const { line, breaks } of transactions(before.asLatest.extrinsic, after.asLatest.extrinsic, compare)) {
    lines.push(`! ${line}`);
    if (breaks) breaksTransactions.push(line);
  }
  lines.push(...runtimeApis(before.asLatest.apis, after.asLatest.apis, compare));
  return { lines: lines.sort((a, b) => a.slice(2).localeCompare(b.slice(2))), breaksTransactions };
}

function valueText(registry, type, value) {
  try {
    return registry.createType(registry.createLookupType(type), value.toU8a(true)).toString();
  } catch {
    return value.toHex();
  }
}

/** What a transaction has around its call. */
function transactions(was, is, compare) {
  const found = [];
  const add = (what, differences) => {
    if (differences.length > 0) found.push({ line: `${what} of transactions: ${places(differences)}`, breaks: differences.some(({ breaks }) => breaks) });
  };
  add('addresses', compare.types(was.addressType, is.addressType));
  add('signatures', compare.types(was.signatureType, is.signatureType));
  const [one, other] = [was, is].map(({ transactionExtensions }) => [...transactionExtensions]);
  const [names, others] = [one, other].map((list) => list.map(({ identifier }) => word(identifier)).join(', '));
  if (names !== others) add('extensions', [{ ...values(names, others), breaks: true }]);
  else {
    one.forEach((each, at) => {
      add(`extension ${word(each.identifier)}`, [...compare.types(each.type, other[at].type), ...compare.types(each.implicit, other[at].implicit, 'signed')]);
    });
  }
  return found;
}

/** What clients and nodes ask a runtime. */
function runtimeApis(before, after, compare) {
  const lines = [];
  const methodsOf = (apis) => new Map(apis.flatMap(({ name, methods }) => methods.map((each) => [`runtime API ${word(name)}: ${word(each.name)}`, each])));
  const [old, now] = [methodsOf(before), methodsOf(after)];
  for (const [name, method] of now) {
    const was = old.get(name);
    if (!was) {
      lines.push(`+ ${name}`);
      continue;
    }
    const found = compare.types(was.output, method.output, 'result');
    const parameters = ({ inputs }) => inputs.map(({ name }) => word(name)).join(', ');
    if (was.inputs.length !== method.inputs.length) found.push({ at: 'parameters', before: `(${parameters(was)})`, after: `(${parameters(method)})`, breaks: true });
    else was.inputs.forEach((each, at) => found.push(...compare.types(each.type, method.inputs[at].type, word(each.name))));
    if (found.length > 0) lines.push(`! ${name}: ${places(found)}`);
  }
  for (const name of old.keys()) if (!now.has(name)) lines.push(`- ${name}`);
  return lines;
}
