// What differs between the metadata of two runtimes, in words.

/** Types that list what pallets have, which is compared by itself. */
const LISTS = ['RuntimeCall', 'RuntimeEvent', 'RuntimeError'];

/** How a type is laid out, down to its last part, whatever its numbers are in this metadata. */
function layoutOf({ lookup }) {
  const known = new Map();
  const layout = (id, above) => {
    const number = id.toNumber();
    if (known.has(number)) return known.get(number);
    // A type within itself.
    if (above.includes(number)) return `^${above.length - above.indexOf(number)}`;
    const { def, path } = lookup.getSiType(id);
    const name = path.at(-1)?.toString();
    if (LISTS.includes(name)) return name;
    const inside = [...above, number];
    const field = ({ name, type }) => `${name.isSome ? `${name.unwrap()}: ` : ''}${layout(type, inside)}`;
    const fields = (list) => list.map(field).join(', ');
    const text = (() => {
      if (def.isPrimitive) return def.asPrimitive.type;
      if (def.isCompact) return `Compact<${layout(def.asCompact.type, inside)}>`;
      if (def.isSequence) return `[${layout(def.asSequence.type, inside)}]`;
      if (def.isArray) return `[${layout(def.asArray.type, inside)}; ${def.asArray.len}]`;
      if (def.isTuple) return `(${def.asTuple.map((each) => layout(each, inside)).join(', ')})`;
      if (def.isComposite) return `{${fields(def.asComposite.fields)}}`;
      if (def.isVariant) return def.asVariant.variants.map((each) => `${each.index} ${each.name}{${fields(each.fields)}}`).join(' | ');
      return def.type;
    })();
    if (!text.includes('^')) known.set(number, text);
    return text;
  };
  return (id) => layout(id, []);
}

/**
 * Does every value of type `a` of the first metadata mean the same as a value of type `b` of the second? Variants may have been added.
 *
 * @returns {(a: any, b: any) => boolean}
 */
function compatibility(before, after) {
  const asked = new Set();
  const all = (left, right, each) => left.length === right.length && left.every((item, at) => each(item, right[at]));
  const fields = (left, right) => all([...left], [...right], (x, y) => compatible(x.type, y.type));
  const compatible = (a, b) => {
    const pair = `${a} ${b}`;
    // A type within itself is what the rest of it is.
    if (asked.has(pair)) return true;
    asked.add(pair);
    const [x, y] = [before.lookup.getSiType(a), after.lookup.getSiType(b)];
    if (LISTS.includes(x.path.at(-1)?.toString())) return true;
    const [{ def: left }, { def: right }] = [x, y];
    if (left.type !== right.type) return false;
    if (left.isPrimitive) return left.asPrimitive.type === right.asPrimitive.type;
    if (left.isCompact) return compatible(left.asCompact.type, right.asCompact.type);
    if (left.isSequence) return compatible(left.asSequence.type, right.asSequence.type);
    if (left.isArray) return left.asArray.len.eq(right.asArray.len) && compatible(left.asArray.type, right.asArray.type);
    if (left.isTuple) return all([...left.asTuple], [...right.asTuple], compatible);
    if (left.isComposite) return fields(left.asComposite.fields, right.asComposite.fields);
    if (!left.isVariant) return true;
    const now = new Map(right.asVariant.variants.map((each) => [each.index.toNumber(), each]));
    return left.asVariant.variants.every((each) => {
      const same = now.get(each.index.toNumber());
      return same !== undefined && same.name.eq(each.name) && fields(each.fields, same.fields);
    });
  };
  return compatible;
}

/** Calls, storage, constants, errors and events of a pallet, each by its name with what it is. */
function partsOf(metadata, layout) {
  const { lookup } = metadata.registry;
  const variants = (type, what) =>
    type.isSome
      ? lookup.getSiType(type.unwrap().type).def.asVariant.variants.map((each) => [`${what} ${each.name}`, `${each.index}(${each.fields.map((field) => `${field.name.unwrapOr('')}: ${layout(field.type)}`).join(', ')})`])
      : [];
  return new Map(
    metadata.asLatest.pallets.map((pallet) => {
      const calls = pallet.calls.isSome ? lookup.getSiType(pallet.calls.unwrap().type).def.asVariant.variants : [];
      const storage = pallet.storage.isSome ? [...pallet.storage.unwrap().items] : [];
      const parts = new Map([
        ...variants(pallet.calls, 'call'),
        ...variants(pallet.events, 'event'),
        ...variants(pallet.errors, 'error'),
        ...pallet.constants.map((each) => [`constant ${each.name}`, `${layout(each.type)} = ${each.value.toHex()}`]),
        ...storage.map(({ name, type }) => [
          `storage ${name}`,
          type.isPlain ? layout(type.asPlain) : `${type.asMap.hashers.map(String).join(', ')}: ${layout(type.asMap.key)} -> ${layout(type.asMap.value)}`,
        ]),
      ]);
      return [pallet.name.toString(), { index: pallet.index.toNumber(), parts, calls: new Map(calls.map((each) => [`call ${each.name}`, each])) }];
    }),
  );
}

/** What every transaction carries, in its order. */
const extensionsOf = (metadata, layout) =>
  metadata.asLatest.extrinsic.transactionExtensions?.map?.((each) => `${each.identifier}(${layout(each.type)}, ${layout(each.implicit ?? each.additionalSigned)})`) ??
  metadata.asLatest.extrinsic.signedExtensions.map((each) => `${each.identifier}(${layout(each.type)}, ${layout(each.additionalSigned)})`);

/**
 * The difference of two `Metadata`: lines for people, and whether transactions that were encoded for the first mean something else to the second.
 *
 * @returns {{ lines: string[], breaksTransactions: string[] }}
 */
export function difference(before, after) {
  const [layoutBefore, layoutAfter] = [layoutOf(before.registry), layoutOf(after.registry)];
  const [old, now] = [partsOf(before, layoutBefore), partsOf(after, layoutAfter)];
  const [lines, breaksTransactions] = [[], []];
  const compatible = compatibility(before.registry, after.registry);
  const means = (a, b) => a.index.eq(b.index) && a.fields.length === b.fields.length && a.fields.every(({ type }, at) => compatible(type, b.fields[at].type));
  for (const [name, { index, parts, calls }] of now) {
    const was = old.get(name);
    if (!was) {
      lines.push(`+ pallet ${name} (${index})`);
      continue;
    }
    if (was.index !== index) {
      lines.push(`! pallet ${name}: index ${was.index} -> ${index}`);
      breaksTransactions.push(`pallet ${name} has another index`);
    }
    for (const [part, what] of parts) {
      const before = was.parts.get(part);
      if (before === undefined) lines.push(`+ ${name}: ${part}`);
      else if (before !== what) {
        lines.push(`! ${name}: ${part} changed`);
        if (calls.has(part) && !means(was.calls.get(part), calls.get(part))) breaksTransactions.push(`${name}: ${part} is encoded otherwise`);
      }
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
  const [carriedBefore, carriedAfter] = [extensionsOf(before, layoutBefore), extensionsOf(after, layoutAfter)];
  if (carriedBefore.join() !== carriedAfter.join()) {
    lines.push('! what transactions carry changed');
    breaksTransactions.push('what transactions carry is encoded otherwise');
  }
  return { lines: lines.sort((a, b) => a.slice(2).localeCompare(b.slice(2))), breaksTransactions };
}
