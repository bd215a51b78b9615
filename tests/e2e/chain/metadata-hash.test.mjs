// What hardware wallets sign: the hash of the metadata (RFC 78), here as another implementation than the node's computes it.
// The development build's runtime doesn't carry the hash: BCAI_RUNTIME names one that does, from scripts/support/rebuilt-runtime.

import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { merkleizeMetadata } from '@polkadot-api/merkleize-metadata';
import { account, Node, succeed } from '../support/node.mjs';

let folder;
let node;
let api;
let metadata;

/** The development chain with the runtime that BCAI_RUNTIME names, else with the node's own. */
async function chain() {
  if (!process.env.BCAI_RUNTIME) return 'dev';
  const spec = JSON.parse(await succeed('export-chain-spec', '--chain=dev'));
  spec.genesis.runtimeGenesis.code = `0x${readFileSync(process.env.BCAI_RUNTIME).toString('hex')}`;
  const file = join(folder, 'spec.json');
  writeFileSync(file, JSON.stringify(spec));
  return file;
}

before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'bcai-metadata-hash-'));
  node = await Node.start(await chain());
  api = node.api;
  metadata = (await api.call.metadata.metadataAtVersion(15)).unwrap().toU8a(true);
});
after(async () => {
  await node?.remove();
  rmSync(folder, { recursive: true });
});

/** The hash, in hex, as a wallet computes it that shows these units. */
function hash(different = {}) {
  const units = { tokenSymbol: api.registry.chainTokens[0], decimals: api.registry.chainDecimals[0], ...different };
  return `0x${Buffer.from(merkleizeMetadata(metadata, units).digest()).toString('hex')}`;
}

/** Sends a remark signed over this hash; gives the hash of the transaction. */
async function send(metadataHash) {
  const signed = await api.tx.system.remark('0x42').signAsync(account.bob, { nonce: -1, mode: 1, metadataHash });
  return api.rpc.author.submitExtrinsic(signed);
}

const inOneBit = (hex) => hex.slice(0, -1) + (Number.parseInt(hex.at(-1), 16) ^ 1).toString(16);
const badSignature = /^1010: Invalid Transaction: Transaction has a bad signature/;

test('a signature with the true hash is taken into a block', async () => {
  assert.equal(api.consts.system.ss58Prefix.toNumber(), 3131);
  const { blockHash, dispatchError } = await new Promise((resolve, reject) => {
    api.tx.system.remark('0x41').signAndSend(account.alice, { nonce: -1, mode: 1, metadataHash: hash() }, (result) => {
      if (result.isInBlock) resolve({ blockHash: result.status.asInBlock, dispatchError: result.dispatchError });
      else if (result.isError) reject(new Error(`${result.status}`));
    }).catch(reject);
  });
  assert.equal(dispatchError, undefined);
  assert.ok(blockHash);
});

test('one with a hash that differs in one bit is a bad signature', async () => {
  await assert.rejects(send(inOneBit(hash())), { message: badSignature });
});

test('one for another unit or other decimals is a bad signature', async () => {
  for (const different of [{ decimals: 10 }, { tokenSymbol: 'DOT' }]) {
    await assert.rejects(send(hash(different)), { message: badSignature }, JSON.stringify(different));
  }
});
