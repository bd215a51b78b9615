// What every requester does, and what these examples check on the way: two matrices up, a task posted, followed and paid, C back.

import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { apiOptions, fetchBlob, followTask, fromTiles, insist, postingQuote, postTask, rpcOf, stripsRoot, tilesRoot, upload } from '@bcai/sdk';
import { ApiPromise, Keyring, WsProvider } from '@polkadot/api';

const USAGE = `Usage: node run.mjs [options]
  --url ws://...      the WebSocket address of the node whose miner is to take the task: matrices don't travel
                      between nodes (default ws://127.0.0.1:9944)
  --requester <suri>  who pays (default //Alice, a development account)
  --bounty <BCAI>     what the worker gets (default 10)
  --summary <file>    also write the summary there, as JSON`;

const PATIENCE = 120_000;

const started = Date.now();
const seconds = () => (Date.now() - started) / 1000;
const short = (text) => `${text.slice(0, 10)}..`;

/** Prints a line with the time since the start. */
export const say = (text) => console.log(`${seconds().toFixed(1).padStart(7)} s  ${text}`);

/** Ends the example where a condition doesn't hold. */
export function held(condition, what) {
  if (!condition) throw new Error(what);
}

function options() {
  const text = { type: 'string' };
  const { values } = parseArgs({
    options: {
      url: { ...text, default: 'ws://127.0.0.1:9944' },
      requester: { ...text, default: '//Alice' },
      bounty: { ...text, default: '10' },
      summary: text,
      help: { type: 'boolean', short: 'h' },
    },
  });
  return values;
}

async function connect(url) {
  const provider = new WsProvider(url);
  const api = await ApiPromise.create({ provider, throwOnConnect: true, ...apiOptions });
  return { api, rpc: rpcOf(provider) };
}

async function uploaded(rpc, kind, paramSet, { rows, slabs, data }, root) {
  const blob = await upload(rpc, { kind, paramSet, rows, slabs }, data);
  held(blob.root === root, `the node's root of ${kind} is ${blob.root}, the requester's own is ${root}`);
  say(`uploaded ${kind.toUpperCase()}: ${data.length} bytes, root ${short(root)} (checked here)`);
}

/** Prints what changes, and returns the finalised task with the number of tickets it was delivered with. */
async function follow(rpc, id) {
  let tickets = 0;
  let waiting;
  const task = await followTask(rpc, id, ({ state }) => {
    if (state.status === 'open') say('open: waiting for the miner of this node');
    if (state.status === 'claimed') {
      const count = state.tickets.length;
      if (state.anchor === null) say(`claimed in block ${state.claimedAt} by ${short(state.worker)}, bond on hold`);
      else if (count === 0) say(`the hash of block ${state.claimedAt} is the anchor: mining`);
      else if (count !== tickets) say(`${count} ticket${count === 1 ? '' : 's'} verified by the runtime`);
      tickets = count;
    }
    if (state.status === 'delivered') {
      tickets = state.tickets;
      say(`delivered with ${tickets} tickets; can be challenged until block ${state.challengeUntil}`);
      waiting = setInterval(async () => say(`block ${Number((await rpc('chain_getHeader')).number)}: not challenged`), 10_000);
    } else clearInterval(waiting);
    if (state.status === 'finalized') say(`finalised in block ${state.finalizedAt}: bounty paid, credit ${state.credit}`);
  }, PATIENCE).finally(() => clearInterval(waiting));
  return { ...task.state, tickets };
}

/** Free and held balance together. */
async function wealth(api, account) {
  const { data } = await api.query.system.account(account);
  return data.free.toBigInt() + data.reserved.toBigInt();
}

async function finality(api) {
  const [best, hash] = await Promise.all([api.rpc.chain.getHeader(), api.rpc.chain.getFinalizedHead()]);
  const finalized = await api.rpc.chain.getHeader(hash);
  return { best: best.number.toNumber(), finalized: finalized.number.toNumber() };
}

async function finalisedPast(api, block) {
  const deadline = Date.now() + PATIENCE;
  for (;;) {
    const heads = await finality(api);
    if (heads.finalized >= block) return heads;
    held(Date.now() < deadline, `block ${block} was not finalised within ${PATIENCE / 1000} seconds`);
    await new Promise((wake) => setTimeout(wake, 200));
  }
}

/** Remembers what the chain looked like when the task was posted; the returned function checks the payment. */
function watchReward(api, rpc, id) {
  const before = rpc('pouw_task', id);
  return async ({ worker, credit, finalizedAt }) => {
    const { bounty } = await before;
    // The money of the block that finalised the task, against the block before it.
    const [hash, parent] = await Promise.all([finalizedAt, finalizedAt - 1].map((block) => api.rpc.chain.getBlockHash(block)));
    const [after, earlier] = await Promise.all([hash, parent].map(async (at) => wealth(await api.at(at), worker)));
    const [creditAfter, creditBefore] = await Promise.all([hash, parent].map((at) => rpc('pouw_workCredit', worker, at.toHex())));
    const gain = after - earlier;
    // The worker may have paid fees in the same block, never as much as a hundredth of the bounty.
    held(gain * 100n >= BigInt(bounty) * 99n && gain <= BigInt(bounty), `the worker's balance rose by ${gain} instead of ${bounty}`);
    // Credit is halved every six hours.
    const kept = BigInt(creditBefore.credit) >> BigInt(creditAfter.halvings - creditBefore.halvings);
    const creditGain = BigInt(creditAfter.credit) - kept;
    held(creditGain === BigInt(credit), `work credit rose by ${creditGain} instead of ${credit}`);
    return { bounty: BigInt(bounty), credit: creditAfter.credit };
  };
}

/**
 * Has the network multiply A by Bt, as one task, and checks its roots, tickets, payment and credit. Resolves when the block that paid it
 * is final, to C (row after row) and the summary.
 */
export async function multiply({ url, requester, bounty }, paramSet, a, bt) {
  const { api, rpc } = await connect(url);
  try {
    const unit = 10n ** BigInt(api.registry.chainDecimals[0]);
    const amount = BigInt(bounty) * unit;
    const coins = (value) => `${Number(value) / Number(unit)} ${api.registry.chainTokens[0]}`;
    const version = api.runtimeVersion;
    say(`connected: ${api.runtimeChain}, ${version.specName} ${version.specVersion}`);

    const [rootA, rootB] = [stripsRoot(a), stripsRoot(bt)];
    await uploaded(rpc, 'a', paramSet, a, rootA);
    await uploaded(rpc, 'b', paramSet, bt, rootB);

    const signer = new Keyring({ type: 'sr25519', ss58Format: api.registry.chainSS58 }).addFromUri(requester);
    const about = { paramSet, m: a.rows, n: bt.rows, slabs: a.slabs, bounty: amount };
    const { fee } = await postingQuote(rpc, about);
    const now = (await api.rpc.chain.getHeader()).number.toNumber();
    const longest = (await api.call.pouwApi.limits()).maxTaskDuration.toNumber();
    const deadline = now + Math.max(longest - 10, 1);
    const { task: id } = await postTask(api, rpc, signer, { ...about, rootA, rootB, deadline, maxFee: fee });
    const posted = await rpc('pouw_task', id);
    held(posted !== null, `task ${id} was posted and is not known`);
    say(`task ${id} posted, ${a.slabs} slab${a.slabs === 1 ? '' : 's'}: bounty ${coins(amount)} on hold, ${coins(fee)} burned`);

    const reward = watchReward(api, rpc, id);
    const result = await follow(rpc, id);
    const paid = await insist(() => reward(result));
    held(result.tickets > 0, 'the result came without a single ticket: no work was proven');
    held(BigInt(result.credit) > 0n, 'no work credit was given');
    say(`${short(result.worker)} was paid ${coins(paid.bounty)}; its work credit on chain is ${paid.credit}`);

    const bytes = await fetchBlob(rpc, result.rootC);
    held(tilesRoot(bytes) === result.rootC, 'the fetched C is not the one that the worker committed to');
    say(`fetched C ${a.rows} x ${bt.rows}: ${bytes.length} bytes, root ${short(result.rootC)} (checked here)`);

    const heads = await insist(() => finalisedPast(api, result.finalizedAt));
    const summary = {
      task: id, slabs: a.slabs, worker: result.worker, block: heads.best, finalityLag: heads.best - heads.finalized,
      tickets: result.tickets, credit: result.credit,
    };
    return { c: fromTiles(bytes, bt.rows), summary };
  } finally {
    await api.disconnect();
  }
}

/** Runs an example: `work` gets the options and gives its summary, and lines that it adds to what is printed of it. */
export async function run(name, work) {
  try {
    const chosen = options();
    if (chosen.help) {
      console.log(USAGE);
      return;
    }
    const { summary, lines } = await work(chosen);
    summary.seconds = Number(seconds().toFixed(1));
    print([
      ['block', summary.block],
      ['finality lag', `${summary.finalityLag} blocks`],
      ['tickets', summary.tickets],
      ['credit', `${summary.credit} multiply-accumulates`],
      ...lines,
      ['seconds', summary.seconds],
    ]);
    if (chosen.summary) writeFileSync(chosen.summary, `${JSON.stringify(summary)}\n`);
    process.exit(0);
  } catch (error) {
    console.error(`\n${name}: ${error.message}`);
    process.exit(1);
  }
}

function print(lines) {
  console.log('');
  for (const [name, value] of lines) console.log(`  ${name.padEnd(14)} ${value}`);
}
