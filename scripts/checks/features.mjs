// Do the features that a runtime is compiled with reach every crate, and does something turn each optional dependency on? Reads `cargo metadata` from standard input.

import { readFileSync } from 'node:fs';

const FEATURES = ['std', 'runtime-benchmarks', 'try-runtime', 'metadata-hash'];

const { packages, workspace_members, resolve } = JSON.parse(readFileSync(0, 'utf8'));
const byId = new Map(packages.map((each) => [each.id, each]));
const members = new Set(workspace_members);
const lost = [];
const asked = new Set(
  [...members].flatMap((id) => {
    const { dependencies, features } = byId.get(id);
    const always = dependencies.flatMap(({ name, features }) => features.map((each) => `${name}/${each}`));
    return [...always, ...Object.values(features).flat()];
  }),
);

/** A dependency that nothing turns on is missing exactly where it is named, in a build that is made too rarely to show it. */
function neverTurnedOn({ name, dependencies, features }) {
  // A feature of the dependency's own name counts only where another crate asks for it: Cargo makes it by itself.
  const named = Object.entries(features).flatMap(([feature, on]) => on.filter((each) => each !== `dep:${feature}`));
  return dependencies
    .filter(({ optional }) => optional)
    .map((each) => each.rename ?? each.name)
    .filter((each) => !named.some((on) => on === `dep:${each}` || on === each || on.startsWith(`${each}/`)))
    .filter((each) => !asked.has(`${name}/${each}`))
    .map((each) => `${name}: no feature turns ${each} on`);
}

/** All that a feature turns on, through the crate's other features. */
function turnedOn(features, name, seen = new Set()) {
  for (const each of features[name] ?? []) {
    if (seen.has(each)) continue;
    seen.add(each);
    turnedOn(features, each, seen);
  }
  return seen;
}

for (const id of members) {
  const own = byId.get(id);
  lost.push(...neverTurnedOn(own));
  const { deps } = resolve.nodes.find((node) => node.id === id);
  for (const { pkg, dep_kinds } of deps) {
    // Not what only one target depends on: the runtime's WASM has no std.
    if (!dep_kinds.some(({ kind, target }) => kind === null && target === null)) continue;
    const other = byId.get(pkg);
    const as = own.dependencies.find(({ name, kind }) => name === other.name && kind === null);
    if (!as) continue;
    const name = as.rename ?? other.name;
    const always = turnedOn(other.features, 'default');
    for (const feature of FEATURES.filter((each) => other.features[each])) {
      const given = as.features.includes(feature) || (as.uses_default_features && always.has(feature));
      // A crate without the feature passes on only what crates of this workspace need.
      const needed = own.features[feature] || members.has(pkg);
      const passed = [`${name}/${feature}`, `${name}?/${feature}`];
      const on = turnedOn(own.features, feature);
      if (needed && !given && !passed.some((each) => on.has(each))) lost.push(`${own.name}: ${feature} does not reach ${name}`);
    }
  }
}

for (const each of lost) console.error(each);
process.exit(lost.length === 0 ? 0 : 1);
