// A validator is killed twenty times while blocks are full of transfers: its database opens each time, and it catches up with
// the other one to the same hashes.

import assert from 'node:assert/strict';
import { randomBytes, randomInt } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { account, Node, rawSpec, until } from '../support/node.mjs';

const TIMES = 20;
/** Transfers in one transaction, each to a new account. */
const TRANSFERS = 50;
/** Bytes beside them, so that the database's log, 64 MB long, is written out several times. */
const BYTES = 100_000;

const folder = mkdtempSync(join(tmpdir(), 'bcai-kill-'));
let alice;
let bob;

before(async () => {
  const spec = await rawSpec(folder, 'local');
  alice = await Node.run(`--chain=${spec}`, '--alice', '--validator', '--force-authoring');
  const [peer] = await until('Alice to listen', async () => {
    const all = (await alice.rpc('system_localListenAddresses')).filter((each) => each.startsWith('/ip4/127.0.0.1/'));
    return all.length > 0 && all;
  });
  bob = await Node.run(`--chain=${spec}`, '--bob', '--validator', `--bootnodes=${peer}`);
  await until('finality', async () => (await alice.finalized()) >= 3, 120_000);
});
after(async () => {
  await Promise.all([alice, bob].map((node) => node?.remove()));
  rmSync(folder, { recursive: true, force: true });
});

/** Sends to Alice, about as much as blocks take; what it gives ends that. */
function load(api, signer) {
  let stopped = false;
  const ended = (async () => {
    let nonce = (await api.rpc.system.accountNextIndex(signer.address)).toNumber();
    while (!stopped) {
      const calls = Array.from({ length: TRANSFERS }, () => api.tx.balances.transferKeepAlive(randomBytes(32), 10n ** 10n));
      const remark = api.tx.system.remark(`0x${randomBytes(BYTES).toString('hex')}`);
      try {
        await api.tx.utility.batchAll([remark, ...calls]).signAndSend(signer, { nonce });
        nonce += 1;
      } catch {
        // The pool is full, or has dropped one of these: from where the chain is now.
        nonce = (await api.rpc.system.accountNextIndex(signer.address)).toNumber();
      }
      await new Promise((wake) => setTimeout(wake, 500));
    }
  })();
  return () => {
    stopped = true;
    return ended;
  };
}

test(`a validator that is killed ${TIMES} times under load opens its database each time and catches up`, async () => {
  const loads = [account.charlie, account.dave, account.eve].map((signer) => load(alice.api, signer));
  const figures = [];
  for (let time = 1; time <= TIMES; time++) {
    // At any moment of a block, and at any fill of the database's log.
    const next = (await bob.best()) + randomInt(3, 12);
    await until(`block ${next}`, async () => (await bob.best()) >= next, 120_000);
    await new Promise((wake) => setTimeout(wake, randomInt(0, 1_000)));
    await bob.kill();
    const lines = bob.logged().length;
    const killed = Date.now();
    await bob.restart();
    const opened = Date.now();
    const said = bob.logged().slice(lines);
    assert.doesNotMatch(said, /error:|panicked|corrupt/i, said);
    const found = Number(said.match(/Highest known block at #(\d+)/)[1]);
    // Final for both, so nothing of it is Alice's alone.
    const reached = await alice.best();
    await until(`finality of block ${reached}`, async () => (await bob.finalized()) >= reached && (await alice.finalized()) >= reached, 300_000);
    const numbers = Array.from({ length: reached + 1 }, (_, number) => number);
    assert.deepEqual(await bob.rpc('chain_getBlockHash', numbers), await alice.rpc('chain_getBlockHash', numbers));
    const state = async (node) => (await node.rpc('chain_getHeader', await node.rpc('chain_getBlockHash', reached))).stateRoot;
    assert.equal(await state(bob), await state(alice));
    // The state itself is there, not the header alone.
    assert.equal((await bob.rpc('state_getKeysPaged', '0x', 1000, null, await bob.rpc('chain_getBlockHash', reached))).length, 1000);
    figures.push({ time, opened: opened - killed, caughtUp: Date.now() - opened, found, reached });
    console.log(`kill ${time}: opened in ${opened - killed} ms at block ${found}, final with Alice at block ${reached} after ${Date.now() - opened} ms`);
  }
  await Promise.all(loads.map((stop) => stop()));
  const { reached } = figures.at(-1);
  let transfers = 0;
  for (let number = 1; number <= reached; number++) {
    const { block } = await alice.rpc('chain_getBlock', await alice.rpc('chain_getBlockHash', number));
    // All but the time of the block.
    transfers += (block.extrinsics.length - 1) * TRANSFERS;
  }
  const worst = (key) => Math.max(...figures.map((each) => each[key]));
  console.log(`${transfers} transfers in ${reached} blocks; opened in ${worst('opened')} ms and caught up in ${worst('caughtUp')} ms at most`);
  // No kill may have met an idle node.
  assert.ok(transfers >= reached * TRANSFERS / 2, `${transfers} transfers in ${reached} blocks`);
});
