import assert from 'node:assert/strict';
import { test } from 'node:test';
import './typescript.mjs';

const { DEFAULT_ENDPOINT, endpointOf, endpointProblem, withEndpoint } = await import('../src/chain/endpoint.ts');
const { segmentsOf } = await import('../src/app/router.ts');

test('the node is the one in the address of the page, or the one on this machine', () => {
  assert.equal(endpointOf('?rpc=ws://10.0.0.1:9944'), 'ws://10.0.0.1:9944');
  assert.equal(endpointOf('?rpc=wss%3A%2F%2Fnode.example%2Fbcai'), 'wss://node.example/bcai');
  assert.equal(endpointOf(''), DEFAULT_ENDPOINT);
  assert.equal(endpointOf('?rpc='), DEFAULT_ENDPOINT);
});

test('another node is kept in the address, with the page that is open', () => {
  const changed = withEndpoint('http://127.0.0.1:4173/console/?rpc=ws://a:1#/tasks/3', 'wss://b.example/x?y=1&z=2');
  assert.equal(new URL(changed).hash, '#/tasks/3');
  assert.equal(new URL(changed).pathname, '/console/');
  assert.equal(endpointOf(new URL(changed).search), 'wss://b.example/x?y=1&z=2');
  assert.match(withEndpoint('http://127.0.0.1/', 'ws://127.0.0.1:9944'), /\?rpc=ws:\/\/127\.0\.0\.1:9944$/);
});

test('what is no WebSocket address is refused with what would be one', () => {
  assert.equal(endpointProblem('ws://127.0.0.1:9944'), undefined);
  assert.equal(endpointProblem('wss://node.example'), undefined);
  for (const wrong of ['http://127.0.0.1:9944', '127.0.0.1:9944', 'ws://', 'a node']) {
    assert.equal(endpointProblem(wrong), `'${wrong}' is no address of a node; it would be like ws://127.0.0.1:9944`);
  }
});

test('the part behind the # names the page', () => {
  assert.deepEqual(segmentsOf(''), []);
  assert.deepEqual(segmentsOf('#/'), []);
  assert.deepEqual(segmentsOf('#/governance/propose'), ['governance', 'propose']);
  assert.deepEqual(segmentsOf('#/tasks/3/'), ['tasks', '3']);
  assert.deepEqual(segmentsOf('#/%zz'), ['%zz']);
});
