// How two metadata lay values out, and where they differ. A hostile runtime's types may repeat each other without end: they are compared pair
// by pair, each pair once, and never written out as a whole.

import { cut, word } from './printable.mjs';

/** Types that list what pallets have, which is compared by itself. */
const LISTS = new Set(['RuntimeCall', 'RuntimeEvent', 'RuntimeError']);
/** Pairs of types in all; BCAI's metadata has a few thousand. */
const MOST_PAIRS = 500_000;
/** Of a type that is told: its parts, how deep they go, characters. */
const [PARTS, DEPTH, CHARACTERS] = [12, 2, 240];

/** A type in some words, cut where they get long. */
export function typeText({ lookup }, id) {
  const text = (id, depth) => {
    const { def, path } = lookup.getSiType(id);
    const inside = (type) => (depth === 0 ? '..' : text(type, depth - 1));
    const list = (items, each) => `${items.slice(0, PARTS).map(each).join(', ')}${items.length > PARTS ? ', ...' : ''}`;
    if (def.isPrimitive) return def.asPrimitive.type.toLowerCase();
    if (def.isCompact) return `Compact<${inside(def.asCompact.type)}>`;
    if (def.isSequence) return `[${inside(def.asSequence.type)}]`;
    if (def.isArray) return `[${inside(def.asArray.type)}; ${def.asArray.len}]`;
    if (def.isTuple) return `(${list([...def.asTuple], inside)})`;
    const name = path.length > 0 ? word(path.at(-1)) : '';
    if (def.isComposite) return name || `{${list([...def.asComposite.fields], (each) => `${named(each)}${inside(each.type)}`)}}`;
    if (!def.isVariant) return def.type;
    const variants = [...def.asVariant.variants];
    if (name === 'Option' && variants.length === 2) return `Option<${list([...variants[1].fields], ({ type }) => inside(type))}>`;
    return name || list(variants, (each) => word(each.name));
  };
  return cut(text(id, DEPTH), CHARACTERS);
}

const nameOf = ({ name }) => name.unwrapOr('').toString();
const named = (field) => (nameOf(field) === '' ? '' : `${word(nameOf(field))}: `);

/**
 * A place where two types differ, with what is there, and whether a value of the first means something else as one of the second.
 *
 * @typedef {{ at: string, before?: string, after?: string, breaks: boolean }} Difference
 */

/**
 * @param {any} before registry of the first metadata
 * @param {any} after registry of the second
 */
export function comparison(before, after) {
  const equal = new Set();
  let pairs = 0;

  /** What differs in a list of places to look at, whose first is the last of `open`. */
  function walk(open, found) {
    const seen = new Set();
    while (open.length > 0) {
      const { a, b, at } = open.pop();
      const pair = a.toNumber() * 2 ** 26 + b.toNumber();
      // A type within itself is what the rest of it is.
      if (equal.has(pair) || seen.has(pair)) continue;
      seen.add(pair);
      pairs += 1;
      if (pairs > MOST_PAIRS) throw new Error(`the types of the two runtimes make more than ${MOST_PAIRS} pairs, which is too much to compare`);
      const next = [];
      parts(before.lookup.getSiType(a), after.lookup.getSiType(b), { a, b, at }, next, found);
      for (let index = next.length - 1; index >= 0; index--) open.push(next[index]);
    }
    if (found.length === 0) seen.forEach((pair) => equal.add(pair));
    return found;
  }

  function parts(x, y, { a, b, at }, next, found) {
    const list = x.path.at(-1)?.toString();
    if (LISTS.has(list) && y.path.at(-1)?.toString() === list) return;
    const [left, right] = [x.def, y.def];
    const differs = () => found.push({ at, before: typeText(before, a), after: typeText(after, b), breaks: true });
    const inside = (from, to, where = at) => next.push({ a: from, b: to, at: where });
    if (left.type !== right.type) differs();
    else if (left.isPrimitive) left.asPrimitive.type === right.asPrimitive.type || differs();
    else if (left.isCompact) inside(left.asCompact.type, right.asCompact.type);
    else if (left.isSequence) inside(left.asSequence.type, right.asSequence.type);
    else if (left.isArray) left.asArray.len.eq(right.asArray.len) ? inside(left.asArray.type, right.asArray.type) : differs();
    else if (left.isTuple) {
      const [one, other] = [[...left.asTuple], [...right.asTuple]];
      if (one.length === other.length) one.forEach((type, index) => inside(type, other[index], `${at}.${index}`));
      else differs();
    } else if (left.isComposite) fieldsOf([...left.asComposite.fields], [...right.asComposite.fields], at, next, found);
    else if (left.isVariant) variantsOf([...left.asVariant.variants], [...right.asVariant.variants], at, next, found);
  }

  function fieldsOf(left, right, at, next, found) {
    if (left.length === right.length) {
      const all = new Set(right.map(nameOf));
      left.forEach((field, index) => {
        const [was, is] = [nameOf(field), nameOf(right[index])];
        const where = `${at}.${was === '' ? index : word(was)}`;
        // Another order; a new name alone changes no meaning.
        if (was !== is) found.push({ at: where, before: `named ${word(was)}`, after: `named ${word(is)}`, breaks: was !== '' && all.has(was) });
        next.push({ a: field.type, b: right[index].type, at: where });
      });
      return;
    }
    const key = (field, index) => nameOf(field) || `${index}`;
    const [one, other] = [left, right].map((fields) => new Map(fields.map((field, index) => [key(field, index), field])));
    for (const [name, field] of one) {
      if (other.has(name)) next.push({ a: field.type, b: other.get(name).type, at: `${at}.${word(name)}` });
      else found.push({ at: `${at}.${word(name)}`, before: typeText(before, field.type), breaks: true });
    }
    for (const [name, field] of other) if (!one.has(name)) found.push({ at: `${at}.${word(name)}`, after: typeText(after, field.type), breaks: true });
  }

  function variantsOf(left, right, at, next, found) {
    const [one, other] = [left, right].map((variants) => new Map(variants.map((each) => [each.index.toNumber(), each])));
    for (const [index, variant] of one) {
      const same = other.get(index);
      const where = `${at}.${word(variant.name)}`;
      if (!same) found.push({ at: where, before: `variant ${index}`, breaks: true });
      else {
        if (!same.name.eq(variant.name)) found.push({ at: where, before: `variant ${index}`, after: `variant ${index} is ${word(same.name)}`, breaks: true });
        fieldsOf([...variant.fields], [...same.fields], where, next, found);
      }
    }
    for (const [index, variant] of other) if (!one.has(index)) found.push({ at: `${at}.${word(variant.name)}`, after: `variant ${index}`, breaks: false });
  }

  return {
    /** @returns {Difference[]} of two types */
    types: (a, b, at = '') => walk([{ a, b, at }], []),
    /** @returns {Difference[]} of two variants: calls, events, errors */
    variants(a, b) {
      const [found, next] = [[], []];
      if (!a.index.eq(b.index)) found.push({ at: '', before: `index ${a.index}`, after: `index ${b.index}`, breaks: true });
      fieldsOf([...a.fields], [...b.fields], '', next, found);
      return walk(next.reverse(), found);
    },
  };
}
