// The main job, seen by the requester: digits in, recognised digits out, the matrix product computed by the network.

import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { apiOptions, fetchBlob, followTask, fromTiles, insist, postingQuote, postTask, product, rpcOf, stripsRoot, tilesRoot, upload } from '@bcai/sdk';
import { ApiPromise, Keyring, WsProvider } from '@polkadot/api';
import { accuracy, activations, classify, loadDigits, loadModel, outputLayer } from './model.mjs';

const USAGE = `Usage: node run.mjs [options]
  --url ws://...      the WebSocket address of the node whose miner is to take the task: matrices don't travel
                      between nodes (default ws://127.0.0.1:9944)
  --requester <suri>  who pays (default //Alice, a development account)
  --bounty <BCAI>     what the worker gets (default 10)
  --summary <file>    also write the summary there, as JSON`;

const PARAM_SET = 0;
const LEAST_ACCURACY = 0.9;
const PATIENCE = 120_000;

const started = Date.now();
const seconds = () => (Date.now() - started) / 1000;
const say = (text) => console.log(`${seconds().toFixed(1).padStart(7)} s  ${text}`);
const percent = (share) => `${(share * 100).toFixed(2)} %`;
const short = (text) => `${text.slice(0, 10)}..`;
const held = (condition, what) => {
  if (!condition) throw new Error(what);
};

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

function prepare() {
  const { images, labels } = loadDigits();
  const model = loadModel();
  const a = activations(model, images);
  const bt = outputLayer(model);
  say(`${images.length} images -> A ${a.rows} x ${a.k}; weights Bt ${bt.rows} x ${bt.k} (int8)`);
  return { model, labels, a, bt, rootA: stripsRoot(a), rootB: stripsRoot(bt) };
}

async function uploadBoth(rpc, { a, bt, rootA, rootB }) {
  for (const [kind, matrix, root] of [['a', a, rootA], ['b', bt, rootB]]) {
    const blob = await upload(rpc, { kind, paramSet: PARAM_SET, rows: matrix.rows }, matrix.data);
    held(blob.root === root, `the node's root of ${kind} is ${blob.root}, the requester's own is ${root}`);
    say(`uploaded ${kind.toUpperCase()}: ${matrix.data.length} bytes, root ${short(root)} (checked here)`);
  }
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

async function job({ url, requester, bounty }) {
  const { api, rpc } = await connect(url);
  try {
    const unit = 10n ** BigInt(api.registry.chainDecimals[0]);
    const amount = BigInt(bounty) * unit;
    const coins = (value) => `${Number(value) / Number(unit)} ${api.registry.chainTokens[0]}`;
    const version = api.runtimeVersion;
    say(`connected: ${api.runtimeChain}, ${version.specName} ${version.specVersion}`);

    const inputs = prepare();
    await uploadBoth(rpc, inputs);

    const signer = new Keyring({ type: 'sr25519', ss58Format: api.registry.chainSS58 }).addFromUri(requester);
    const [m, n] = [inputs.a.rows, inputs.bt.rows];
    const { fee } = await postingQuote(rpc, { paramSet: PARAM_SET, m, n, bounty: amount });
    const now = (await api.rpc.chain.getHeader()).number.toNumber();
    const longest = api.consts.pouw.maxTaskDuration.toNumber();
    const { task: id } = await postTask(api, rpc, signer, {
      paramSet: PARAM_SET, m, n, rootA: inputs.rootA, rootB: inputs.rootB, bounty: amount,
      deadline: now + Math.max(longest - 10, 1), maxFee: fee,
    });
    const posted = await rpc('pouw_task', id);
    held(posted !== null, `task ${id} was posted and is not known`);
    say(`task ${id} posted: bounty ${coins(amount)} on hold, ${coins(fee)} burned`);

    const reward = watchReward(api, rpc, id);
    const result = await follow(rpc, id);
    const paid = await insist(() => reward(result));
    held(result.tickets > 0, 'the result came without a single ticket: no work was proven');
    held(BigInt(result.credit) > 0n, 'no work credit was given');
    say(`${short(result.worker)} was paid ${coins(paid.bounty)}; its work credit on chain is ${paid.credit}`);

    const bytes = await fetchBlob(rpc, result.rootC);
    held(tilesRoot(bytes) === result.rootC, 'the fetched C is not the one that the worker committed to');
    const c = fromTiles(bytes, n);
    say(`fetched C ${m} x ${n}: ${bytes.length} bytes, root ${short(result.rootC)} (checked here)`);
    // A real requester would not repeat the product: this is the demonstration's check on the network.
    held(Buffer.from(product(inputs.a, inputs.bt).buffer).equals(Buffer.from(c.buffer)), 'C differs from the product computed here');
    say(`all ${c.length} cells equal the product computed here (the demonstration's own check)`);

    const answers = classify(c, n, inputs.labels.length, inputs.model.classes);
    const all = accuracy(answers, inputs.labels);
    const heldOut = accuracy(answers, inputs.labels, inputs.model.trainedOnFirst);
    const heads = await insist(() => finalisedPast(api, result.finalizedAt));
    const summary = {
      task: id, worker: result.worker, block: heads.best, finalityLag: heads.best - heads.finalized, tickets: result.tickets,
      credit: result.credit, accuracy: all, accuracyHeldOut: heldOut, seconds: Number(seconds().toFixed(1)),
    };
    held(all >= LEAST_ACCURACY, `accuracy ${percent(all)} is below ${percent(LEAST_ACCURACY)}`);
    held(heldOut >= LEAST_ACCURACY, `accuracy on held-out images ${percent(heldOut)} is below ${percent(LEAST_ACCURACY)}`);
    return summary;
  } finally {
    await api.disconnect();
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

function print(summary) {
  const line = (name, value) => console.log(`  ${name.padEnd(14)} ${value}`);
  console.log('');
  line('block', summary.block);
  line('finality lag', `${summary.finalityLag} blocks`);
  line('tickets', summary.tickets);
  line('credit', `${summary.credit} multiply-accumulates`);
  line('accuracy', `${percent(summary.accuracy)} of 1,797 images`);
  line('held out', `${percent(summary.accuracyHeldOut)} of the images that training never saw`);
  line('seconds', summary.seconds);
}

async function main() {
  const chosen = options();
  if (chosen.help) {
    console.log(USAGE);
    return;
  }
  const summary = await job(chosen);
  print(summary);
  if (chosen.summary) writeFileSync(chosen.summary, `${JSON.stringify(summary)}\n`);
}

main().then(
  () => process.exit(0),
  (error) => {
    console.error(`\ndigits: ${error.message}`);
    process.exit(1);
  },
);
