// Measures an upgrade; tests/e2e/upgrade/bench tells what.

import { readFileSync } from 'node:fs';
import { blake2AsHex } from '@polkadot/util-crypto';
import { timeOf } from '../support/history.mjs';
import { account, BINARY, Node, until } from '../support/node.mjs';
import { aye, proposeWithDeposit, ROOT, submit, UNIT, vote } from '../support/referenda.mjs';

/** Blocks of the chain that is synced: enough for the start of the node not to count. */
const SYNCED = 300;

const { alice, bob, charlie, dave, eve, ferdie } = account;
const wasm_bytes = Number(process.env.BCAI_WASM_BYTES);
const code = readFileSync(process.env.BCAI_NEXT_RUNTIME);
const seconds = (since) => (Date.now() - since) / 1000;
const say = (text) => console.log(text);

const node = await Node.start('dev');
const nodes = [node];
try {
  const { api } = node;
  const begun = Date.now();
  const index = await proposeWithDeposit(api, ROOT, api.tx.system.authorizeUpgrade(blake2AsHex(code)), alice);
  await Promise.all([bob, charlie, dave, eve, ferdie].map((who) => vote(api, index, aye(900_000n * UNIT), who)));
  await until('the authorisation', async () => (await api.query.system.authorizedUpgrade()).isSome, 180_000);
  const referendum_seconds = seconds(begun);
  say(`voted in within ${referendum_seconds.toFixed(1)} s`);

  const { block } = await submit(api, api.tx.system.applyAuthorizedUpgrade(`0x${code.toString('hex')}`), bob);
  const number = Number((await node.rpc('chain_getHeader', block)).number);
  await until('blocks after it', async () => (await node.best()) >= number + 10, 120_000);
  let longest_gap_ms = 0;
  for (let at = number - 9; at <= number + 10; at++) longest_gap_ms = Math.max(longest_gap_ms, (await timeOf(node, at)) - (await timeOf(node, at - 1)));
  say(`longest gap around block ${number}: ${longest_gap_ms} ms`);

  await until(`block ${SYNCED}`, async () => (await node.finalized()) >= SYNCED, 600_000);
  const fresh = await Node.run('--chain=dev', `--bootnodes=${await node.address()}`);
  nodes.push(fresh);
  const first = await until('the first block', async () => (await fresh.best()) || undefined, 120_000);
  const from = Date.now();
  await until('the end of the sync', async () => (await fresh.best()) >= SYNCED, 300_000);
  const sync_blocks_per_s = (SYNCED - first) / seconds(from);
  say(`blocks ${first} to ${SYNCED} in ${seconds(from).toFixed(1)} s`);

  console.log(JSON.stringify({ node: BINARY.split('/').at(-1), referendum_seconds, longest_gap_ms, sync_blocks_per_s: Math.round(sync_blocks_per_s), wasm_bytes }));
} finally {
  await Promise.all(nodes.map((each) => each.remove()));
}
