#!/usr/bin/env node
// What scripts/upgrade runs.

import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { apiOptions, rpcOf } from '@bcai/sdk';
import { ApiPromise, Keyring, WsProvider } from '@polkadot/api';
import { blake2AsHex, cryptoWaitReady } from '@polkadot/util-crypto';
import { check, told } from './check.mjs';
import { judged } from './effects.mjs';
import { printable } from './printable.mjs';
import { asked, propose, resume } from './referendum.mjs';
import { shown } from './shown.mjs';

/** Milliseconds until a lost connection is tried again. */
const RECONNECT = 2_000;

const say = (text) => console.error(printable(text));
const step = (block, text) => say(`#${String(block).padEnd(10)} ${text}`);

function options() {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      url: { type: 'string', default: 'ws://127.0.0.1:9944' },
      propose: { type: 'boolean' },
      resume: { type: 'string' },
      verify: { type: 'string' },
      signer: { type: 'string' },
      checked: { type: 'string' },
      voter: { type: 'string', multiple: true, default: [] },
      json: { type: 'boolean' },
    },
  });
  for (const name of ['resume', 'verify']) {
    if (values[name] !== undefined && !/^\d{1,9}$/.test(values[name])) throw new Error(`--${name} needs the number of a referendum, not '${values[name]}'`);
  }
  if ([values.propose, values.resume, values.verify].filter((each) => each !== undefined).length > 1) throw new Error('--propose, --resume and --verify go one at a time');
  const walks = values.propose || values.resume !== undefined;
  if (walks && !values.signer) throw new Error(`--${values.propose ? 'propose' : 'resume'} needs --signer, who pays the deposits`);
  if (positionals.length !== 1) throw new Error(`needs one runtime, not ${positionals.length}`);
  return { ...values, walks, code: readFileSync(positionals[0]), twin: values.checked === undefined ? undefined : readFileSync(values.checked) };
}

/** An account from its secret: a URI, or @ and the file that has it. */
function account(keyring, secret) {
  return keyring.addFromUri(secret.startsWith('@') ? readFileSync(secret.slice(1), 'utf8').trim() : secret);
}

/** A connection that comes back by itself, once there was one. */
async function connected(url) {
  const provider = new WsProvider(url, false);
  try {
    await provider.connect();
    const api = await ApiPromise.create({ provider, throwOnConnect: true, ...apiOptions });
    provider.on('disconnected', () => {
      say('             no connection to the node; trying again');
      setTimeout(() => provider.connect().catch(() => undefined), RECONNECT);
    });
    return { api, provider };
  } catch (error) {
    throw new Error(`no node answers at ${url}: ${error.message}`);
  }
}

async function main() {
  const given = options();
  const { api, provider } = await connected(given.url);
  const rpc = rpcOf(provider);
  const result = await (given.verify === undefined ? checked(api, rpc, given) : verified(api, rpc, given));
  if (given.json) console.log(printable(JSON.stringify(result)));
  return result.ok;
}

async function checked(api, rpc, { code, twin, walks, ...given }) {
  const found = await check(api, rpc, code, twin);
  told(found).forEach(say);
  if (found.wrong.length > 0 || !walks) return { ...found, ok: found.wrong.length === 0 };
  await cryptoWaitReady();
  const keyring = new Keyring({ type: 'sr25519', ss58Format: api.registry.chainSS58 });
  const people = { signer: account(keyring, given.signer), voters: given.voter.map((each) => account(keyring, each)) };
  const index = Number(given.resume);
  if (!given.propose) await mustBeIts(api, index, found.hash);
  const enacted = given.propose ? await propose(api, code, found.hash, people, step) : await resume(api, index, code, found.hash, people, step);
  return { ...found, ...enacted, ok: true };
}

/** Nobody's votes go to a referendum of another runtime. One that has passed has no call any more. */
async function mustBeIts(api, index, hash) {
  const { state, effects, doubt } = await asked(api, index);
  if (state === 'approved') return;
  const { verdict, reason } = effects ? judged(effects, hash) : { reason: doubt };
  if (verdict !== 'AGREES') throw new Error(`referendum ${index} can't be resumed with this runtime: ${reason}`);
}

async function verified(api, rpc, { code, twin, verify }) {
  const index = Number(verify);
  const { state, call, effects, origin, track, tally, doubt } = await asked(api, index);
  say(`referendum   ${index}, ${state}${origin ? `, as ${origin}, track ${track}` : ''}`);
  if (call) say(`call         ${shown(call)}`);
  const about = { referendum: index, state, origin, track, tally };
  const ended = ({ verdict, reason, ...found }) => {
    say(`${verdict.padEnd(12)} ${reason}`);
    return { ...about, ...found, verdict, reason, ok: verdict === 'AGREES' || verdict === 'NO UPGRADE' };
  };
  if (!call) return ended({ verdict: 'UNKNOWN', reason: doubt });
  const hash = blake2AsHex(code);
  const meant = judged(effects, hash);
  if (meant.verdict !== 'AGREES') return ended({ hash, ...meant });
  const found = await check(api, rpc, code, twin);
  told(found).forEach(say);
  if (found.wrong.length > 0) return ended({ ...found, verdict: 'DIFFERS', reason: `the referendum upgrades to this very runtime, which the chain can't go on with: ${found.wrong[0]}` });
  return ended({ ...found, verdict: 'AGREES', reason: `${meant.reason}, and it runs on the chain` });
}

main().then(
  (ok) => process.exit(ok ? 0 : 1),
  (error) => {
    say(`upgrade: ${error.message}`);
    process.exit(2);
  },
);
