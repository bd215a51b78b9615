// Is this file a runtime that the chain can go on with, and what would it change?

import { apiOptions, fromHex, toHex } from '@bcai/sdk';
import { Metadata, TypeRegistry } from '@polkadot/types';
import { blake2AsHex, xxhashAsHex } from '@polkadot/util-crypto';
import { difference } from './difference.mjs';
import { fixed } from './fixed.mjs';
import { word } from './printable.mjs';

/** A transaction around the code: its call, a signature, what it carries. */
const ENVELOPE = 256;

/**
 * Tries a runtime on a chain. `wrong` has a line for each reason why it can't be its next one.
 *
 * @param {import('@polkadot/api').ApiPromise} api
 * @param {(method: string, ...parameters: unknown[]) => Promise<any>} rpc of a node that allows unsafe methods
 * @param {Uint8Array} code
 * @param {Uint8Array} [twin] the same runtime, built with the checks of try-runtime: it has another hash, and is for dry runs alone
 */
export async function check(api, rpc, code, twin) {
  const wrong = [];
  const hash = blake2AsHex(code);
  const limit = api.consts.system.blockLength.max.operational.toNumber() - ENVELOPE;
  if (code.length > limit) wrong.push(`it has ${code.length} bytes, and a block takes ${limit} at most: compress it`);
  let tried;
  try {
    tried = await rpc('upgrade_dryRun', toHex(code));
  } catch (error) {
    if (error.code === 10_501) return { hash, bytes: code.length, wrong: [...wrong, error.message.replace(/^\d+: /, '')] };
    throw error;
  }
  const { now, then, migration } = tried;
  if (then.specName !== now.specName) wrong.push(`its name is ${word(then.specName)}, the chain's is ${now.specName}`);
  if (then.specVersion <= now.specVersion) wrong.push(`its version is ${then.specVersion}, which must be above the chain's ${now.specVersion}`);
  if (migration.error) wrong.push(`its first blocks fail: ${migration.error}`);
  if (twin && !migration.error) {
    wrong.push(...(await failsChecks(rpc, twin, then)));
    migration.checked = true;
  }
  const [before, after] = [await metadataOf(rpc), parsed(tried.metadata)];
  wrong.push(...fixed(before, after));
  const { lines, breaksTransactions } = difference(before, after);
  if (breaksTransactions.length > 0 && then.transactionVersion <= now.transactionVersion) {
    wrong.push(`its transaction version is ${then.transactionVersion}, which must be above the chain's ${now.transactionVersion}: ${breaksTransactions[0]}`);
  }
  const versions = await storageVersions(api, tried);
  return { hash, bytes: code.length, at: tried.at, now, then, migration, versions, changes: lines, wrong };
}

/** What try-runtime finds wrong with a runtime's migrations, before and after them and in the storage of every pallet. */
async function failsChecks(rpc, twin, { specName, specVersion }) {
  const { then, migration } = await rpc('upgrade_dryRun', toHex(twin)).catch((error) => ({ then: {}, migration: { error: error.message } }));
  if (migration.error) return [`with try-runtime's checks it fails: ${migration.error}`];
  if (then.specName !== specName || then.specVersion !== specVersion) return [`the runtime with checks is another: ${word(then.specName)} ${then.specVersion}`];
  return migration.checked ? [] : ['the runtime that should have the checks of try-runtime was built without'];
}

function parsed(hex) {
  const registry = new TypeRegistry();
  const metadata = new Metadata(registry, hex);
  // Without warnings, which would print names as they are.
  registry.setMetadata(metadata, undefined, apiOptions.signedExtensions, true);
  return metadata;
}

async function metadataOf(rpc) {
  const answer = await rpc('state_call', 'Metadata_metadata_at_version', '0x0f000000');
  const registry = new TypeRegistry();
  return parsed(registry.createType('Option<Bytes>', fromHex(answer)).unwrap().toHex());
}

/** Of the pallets whose storage version would change: `[name, before, after]`. */
async function storageVersions(api, { metadata, migration }) {
  const names = new Map(parsed(metadata).asLatest.pallets.map(({ name }) => [xxhashAsHex(name.toString(), 128), word(name)]));
  const end = xxhashAsHex(':__STORAGE_VERSION__:', 128).slice(2);
  return Promise.all(
    migration.storageVersions.map(async ([pallet, after]) => {
      const before = await api.rpc.state.getStorage(`${pallet}${end}`);
      const bytes = before?.toU8a?.(true) ?? new Uint8Array();
      return [names.get(pallet) ?? pallet, bytes.length >= 2 ? bytes[0] + 256 * bytes[1] : 0, after];
    }),
  );
}

/** The lines of a report for people, which still need {@link printable}: errors have any text. */
export function told({ hash, bytes, at, now, then, migration, versions, changes, wrong }) {
  const lines = [`runtime      ${bytes} bytes, blake2-256 ${hash}`];
  if (then) {
    lines.push(`version      ${now.specName} ${now.specVersion} -> ${word(then.specName)} ${then.specVersion}; transactions ${now.transactionVersion} -> ${then.transactionVersion}`);
    lines.push(`tried on     block ${at}: ${migration.error ? 'FAILED' : `writes ${migration.writtenKeys} keys`}${migration.blocks > 1 ? `, in ${migration.blocks} blocks` : ''}${migration.goesOn ? ', and something is left after these' : ''}${migration.checked ? ', with try-runtime\'s checks' : ''}`);
    for (const [pallet, before, after] of versions) if (before !== after) lines.push(`storage      ${pallet}: version ${before} -> ${after}`);
    lines.push(`changes      ${changes.length === 0 ? 'nothing that metadata tells' : `${changes.length}:`}`);
    for (const change of changes) lines.push(`             ${change}`);
  }
  for (const each of wrong) lines.push(`WRONG        ${each}`);
  return lines;
}
