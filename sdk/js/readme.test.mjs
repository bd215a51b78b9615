// The README's code that needs a node in trouble. Its quick start is run by tests/e2e, with a node.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';

const readme = readFileSync(new URL('README.md', import.meta.url), 'utf8');
const [, code] = /^## Clients of the new JSON-RPC, when finality stalls$[^]*?^```js\n([^]*?)^```$/m.exec(readme);
const { follow } = await import(`data:text/javascript,${encodeURIComponent(`${code}\nexport { follow };`)}`);

const STOP = { event: 'stop' };
const BLOCKS = [{ event: 'initialized', finalizedBlockHashes: ['0x01'] }, { event: 'newBlock', blockHash: '0x02' }];

/**
 * A node that answers the n-th follow with the n-th of `answers`: events, or an error. Around it, what a WsProvider does:
 * events come in the same turn as the id, and a new connection begins anew what hasn't been unsubscribed, with new ids.
 */
class Provider {
  subscriptions = new Map();
  listeners = new Set();
  begun = [];
  unfollowed = [];

  constructor(...answers) {
    this.answers = answers;
  }

  on(type, listener) {
    assert.equal(type, 'disconnected');
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  subscribe(type, method, parameters, callback) {
    assert.deepEqual([type, method, parameters], ['chainHead_v1_followEvent', 'chainHead_v1_follow', [false]]);
    const answer = this.answers[this.begun.length] ?? [];
    const id = `follow ${this.begun.push(Date.now())}`;
    return new Promise((resolve, reject) => {
      setImmediate(() => {
        if (answer instanceof Error) return reject(answer);
        this.subscriptions.set(id, () => this.subscribe(type, method, parameters, callback));
        resolve(id);
        for (const event of answer) callback(event instanceof Error ? event : null, event);
      });
    });
  }

  async unsubscribe(type, method, id) {
    assert.deepEqual([type, method], ['chainHead_v1_followEvent', 'chainHead_v1_unfollow']);
    if (this.subscriptions.delete(id)) this.unfollowed.push(id);
    // As where the connection is lost meanwhile: nothing may depend on the answer.
    throw new Error('WebSocket is not connected');
  }

  async reconnect() {
    this.listeners.forEach((listener) => listener());
    await new Promise((wake) => setTimeout(wake, 1));
    const left = [...this.subscriptions.values()];
    this.subscriptions.clear();
    await Promise.all(left.map((subscribe) => subscribe()));
  }
}

/** Follows until so many events have come, and a little longer; gives each event's name with the id that came with it. */
async function told(provider, count, pause = 5) {
  const events = [];
  await new Promise((done) => {
    follow(provider, ({ event }, id) => events.push([event, id]) >= count && done(), pause);
  });
  await new Promise((wake) => setTimeout(wake, 10 * pause));
  return events;
}

const initial = (id) => BLOCKS.map(({ event }) => [event, id]);

test('the README\'s follower goes on after "stop", when blocks come again', { timeout: 10_000 }, async () => {
  const provider = new Provider([STOP], [STOP], BLOCKS);
  assert.deepEqual(await told(provider, 2), initial('follow 3'));
  assert.deepEqual(provider.unfollowed, ['follow 1', 'follow 2']);
  assert.equal(provider.begun.length, 3, 'one that is told blocks is left alone');
});

test('it makes a pause before it asks again', { timeout: 10_000 }, async () => {
  const provider = new Provider([STOP], BLOCKS);
  await told(provider, 2, 50);
  assert.ok(provider.begun[1] - provider.begun[0] >= 45, `${provider.begun}`);
});

test('it forgets what it was told before "stop", and goes on after it', { timeout: 10_000 }, async () => {
  const provider = new Provider([...BLOCKS, STOP], BLOCKS);
  assert.deepEqual(await told(provider, 4), [...initial('follow 1'), ...initial('follow 2')]);
});

test('it goes on after an error, in place of the answer or of an event', { timeout: 10_000 }, async () => {
  const provider = new Provider(new Error('-32800: Maximum number of chainHead_follow has been reached'), [new Error('-32603: Internal error')], BLOCKS);
  assert.deepEqual(await told(provider, 2), initial('follow 3'));
});

test('a new connection has one follower, whose id is known', { timeout: 10_000 }, async () => {
  const provider = new Provider([STOP], BLOCKS, BLOCKS);
  const both = told(provider, 4);
  while (!provider.subscriptions.has('follow 2')) await new Promise((wake) => setTimeout(wake, 1));
  await provider.reconnect();
  assert.deepEqual(await both, [...initial('follow 2'), ...initial('follow 3')]);
  assert.deepEqual([...provider.subscriptions.keys()], ['follow 3']);
});
