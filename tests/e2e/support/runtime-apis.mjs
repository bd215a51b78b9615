// Every method of every runtime API, called on the state of a block.

import assert from 'node:assert/strict';
import { apiOptions, fromHex, toHex } from '@bcai/sdk';
import { Metadata, TypeRegistry } from '@polkadot/types';
import { blake2AsHex } from '@polkadot/util-crypto';

/** Milliseconds in which a call has to be answered or refused. */
const PATIENCE = 20_000;

/** What the code of a block has to be called: `[api, method, encoded]`, with the default of every parameter that is no transaction. */
async function methodsOf(rpc, block, transaction) {
  const registry = new TypeRegistry();
  const answer = await rpc('state_call', 'Metadata_metadata_at_version', '0x0f000000', block);
  const metadata = new Metadata(registry, registry.createType('Option<Bytes>', fromHex(answer)).unwrap().toHex());
  registry.setMetadata(metadata, undefined, apiOptions.signedExtensions);
  const encoded = ({ type }) => {
    const name = registry.lookup.getSiType(type).path.at(-1)?.toString();
    return /^(Unchecked|Opaque)Extrinsic$/.test(name) ? fromHex(transaction) : registry.createType(registry.createLookupType(type)).toU8a();
  };
  return metadata.asLatest.apis.flatMap(({ name, methods }) => methods.map((method) => [name.toString(), method.name.toString(), toHex(Buffer.concat(method.inputs.map(encoded)))]));
}

/**
 * Calls all of them, with `transaction` where they take one; gives what each answered, by name, or `refused`. Fails where one takes long, where the connection is lost, and
 * where an API that the runtime tells of has no method here.
 */
export async function callAll({ rpc }, block, transaction) {
  const { apis } = await rpc('state_getRuntimeVersion', block);
  const methods = await methodsOf(rpc, block, transaction);
  const known = new Set(methods.map(([api]) => blake2AsHex(api, 64)));
  assert.deepEqual(new Set(apis.map(([hash]) => hash)), known, 'the metadata describes every runtime API');
  const answers = {};
  for (const [api, method, encoded] of methods) {
    const name = `${api}_${method}`;
    let timer;
    const late = new Promise((_, reject) => (timer = setTimeout(() => reject(new Error(`${name} hangs`)), PATIENCE)));
    answers[name] = await Promise.race([late, rpc('state_call', name, encoded, block)]).catch((error) => {
      // The node's own word, not the end of the connection.
      if (typeof error.code !== 'number') throw error;
      assert.match(error.message, /^\d+: \S.{10}/s, name);
      return 'refused';
    }).finally(() => clearTimeout(timer));
  }
  return answers;
}
