#!/usr/bin/env node
// What scripts/upgrade runs.

import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { apiOptions, rpcOf } from '@bcai/sdk';
import { ApiPromise, Keyring, WsProvider } from '@polkadot/api';
import { cryptoWaitReady } from '@polkadot/util-crypto';
import { check, told } from './check.mjs';
import { described, propose } from './referendum.mjs';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    url: { type: 'string', default: 'ws://127.0.0.1:9944' },
    propose: { type: 'boolean' },
    verify: { type: 'string' },
    signer: { type: 'string' },
    voter: { type: 'string', multiple: true, default: [] },
    json: { type: 'boolean' },
  },
});

const say = (text) => console.error(text);

/** An account from its secret: a URI, or @ and the file that has it. */
function account(keyring, secret) {
  return keyring.addFromUri(secret.startsWith('@') ? readFileSync(secret.slice(1), 'utf8').trim() : secret);
}

async function main() {
  const provider = new WsProvider(values.url, false);
  await provider.connect();
  const api = await ApiPromise.create({ provider, throwOnConnect: true, noInitWarn: true, ...apiOptions });
  const rpc = rpcOf(provider);
  try {
    return await (values.verify === undefined ? checked(api, rpc) : verified(api, rpc));
  } finally {
    await api.disconnect();
  }
}

async function checked(api, rpc) {
  const code = readFileSync(positionals[0]);
  const found = await check(api, rpc, code);
  told(found).forEach(say);
  if (found.wrong.length > 0 || !values.propose) return { ...found, ok: found.wrong.length === 0 };
  if (!values.signer) throw new Error('--propose needs --signer, who pays the deposits');
  await cryptoWaitReady();
  const keyring = new Keyring({ type: 'sr25519', ss58Format: api.registry.chainSS58 });
  const signer = account(keyring, values.signer);
  const voters = values.voter.map((each) => account(keyring, each));
  const enacted = await propose(api, code, found.hash, { signer, voters }, (block, text) => say(`#${String(block).padEnd(10)} ${text}`));
  return { ...found, ...enacted, ok: true };
}

async function verified(api, rpc) {
  const { call, ...about } = await described(api, Number(values.verify));
  say(`referendum   ${values.verify}, ${about.state}${about.origin ? `, as ${JSON.stringify(about.origin)}, track ${about.track}` : ''}`);
  if (!call) return { ...about, ok: false };
  say(`call         ${call.section}.${call.method}(${JSON.stringify(call.toHuman().args)})`);
  if (`${call.section}.${call.method}` !== 'system.authorizeUpgrade') {
    say('             no upgrade: what it does is the call above');
    return { ...about, ok: true };
  }
  const wanted = call.args[0].toHex();
  const found = await check(api, rpc, readFileSync(positionals[0]));
  if (found.hash !== wanted) found.wrong.unshift(`its hash is ${found.hash}, the referendum's is ${wanted}: they are not the same runtime`);
  told(found).forEach(say);
  const ok = found.wrong.length === 0;
  say(ok ? 'AGREES       the referendum upgrades to this very runtime, and it runs on the chain' : 'DIFFERS      do not vote for it on the ground of this runtime');
  return { ...about, ...found, ok };
}

main().then(
  (result) => {
    if (values.json) console.log(JSON.stringify(result));
    process.exit(result.ok ? 0 : 1);
  },
  (error) => {
    console.error(`upgrade: ${error.message}`);
    process.exit(2);
  },
);
