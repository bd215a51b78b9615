// A real Prometheus scrapes the network of ops/compose, with a miner and a challenger at work: every query of every
// dashboard gives data there, and every metric that a dashboard, an alert or the docs name exists.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { postTask } from '@bcai/sdk';
import { parse } from 'yaml';
import { matrices, uploadBoth } from '../support/matrices.mjs';
import { account, BINARY, endWithTests, freePort, Node, until } from '../support/node.mjs';
import { program, run } from '../support/programs.mjs';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const text = (path) => readFileSync(join(ROOT, path), 'utf8');
const dashboards = readdirSync(join(ROOT, 'ops/grafana/dashboards')).map((name) => JSON.parse(text(`ops/grafana/dashboards/${name}`)));
const alerts = parse(text('ops/prometheus/alerts.yml')).groups.flatMap(({ rules }) => rules);
const services = parse(text('ops/compose/compose.yml'), { merge: true }).services;
const validators = Object.keys(services).filter((name) => services[name].command?.includes('--validator'));

const folder = mkdtempSync(join(tmpdir(), 'bcai-prometheus-'));
const nodes = [];
let scraper;
let url;

// What this machine gives in place of the containers: files, ports, and addresses of peers.
const OWN = /^--(chain|base-path|node-key|bootnodes|prometheus-external|unsafe-rpc-external|rpc-cors)\b/;

before(async () => {
  const spec = join(folder, 'raw.json');
  symlinkSync(resolve(BINARY), join(folder, 'bcai-node'));
  const made = await run('/bin/sh', [join(ROOT, 'ops/compose/make-spec.sh'), spec], {
    env: { ...process.env, PATH: `${folder}:${process.env.PATH}` }, timeout: 180_000,
  });
  assert.equal(made.status, 0, made.output);
  const start = async (name, ...more) => {
    const node = await Node.run(`--chain=${spec}`, ...services[name].command.filter((option) => !OWN.test(option)), ...more);
    nodes.push(node);
    return node;
  };
  const first = await start(validators[0]);
  const peer = await until('the address of the first node', async () =>
    (await first.rpc('system_localListenAddresses')).find((address) => address.startsWith('/ip4/127.0.0.1/')));
  await Promise.all(validators.slice(1).map((name) => start(name, `--bootnodes=${peer}`)));

  const config = join(folder, 'prometheus.yml');
  const targets = nodes.map(({ metricsPort }) => `"127.0.0.1:${metricsPort}"`).join(', ');
  writeFileSync(config, text('ops/prometheus/prometheus.yml')
    .replace('["127.0.0.1:9615"]', `[${targets}]`)
    .replace('alerts.yml', join(ROOT, 'ops/prometheus/alerts.yml'))
    .replaceAll('_interval: 10s', '_interval: 1s'));
  const address = `127.0.0.1:${await freePort()}`;
  url = `http://${address}/api/v1`;
  const parameters = [`--config.file=${config}`, `--storage.tsdb.path=${join(folder, 'data')}`, `--web.listen-address=${address}`];
  scraper = endWithTests(spawn(program('prometheus'), parameters, { stdio: 'ignore' }));
  await until('Prometheus to answer', () => fetch(`http://${address}/-/ready`).then(({ ok }) => ok, () => false));
});
after(async () => {
  scraper?.kill();
  await Promise.all(nodes.map((node) => node.remove()));
  rmSync(folder, { recursive: true, force: true });
});

async function prometheus(path, parameters = {}) {
  const response = await fetch(`${url}/${path}?${new URLSearchParams(parameters)}`);
  const { status, data, error } = await response.json();
  if (status !== 'success') throw new Error(`${path} ${JSON.stringify(parameters)}: ${error}`);
  return data;
}

/** The values that a query gives now, those that are none left out. */
async function values(query) {
  const { result } = await prometheus('query', { query });
  return result.map(({ value }) => Number(value[1])).filter((value) => !Number.isNaN(value));
}

test('every target is up', async () => {
  assert.equal(validators.length, 4);
  await until('four targets', async () => (await values('sum(up{job="bcai"})'))[0] === 4);
});

test('every query of every dashboard gives data', async () => {
  const [node] = nodes;
  const inputs = matrices(64, 64, 30);
  await uploadBoth(node.rpc, inputs);
  const deadline = (await node.best()) + 600;
  await postTask(node.api, node.rpc, account.dave, { paramSet: 0, ...inputs, bounty: 20_000_000_000_000n, deadline });

  // What Grafana puts in for its variables.
  const replaced = (query) => query.replaceAll('$__rate_interval', '20s').replaceAll(/\$(instance|chain)\b/g, '.+');
  const queries = new Set(dashboards.flatMap(({ panels }) => panels).flatMap(({ targets = [] }) => targets.map(({ expr }) => replaced(expr))));
  assert.ok(queries.size > 50, `${queries.size} queries`);
  for (const query of queries) assert.doesNotMatch(query, /\$/, 'a variable that no dashboard has');
  let without = [...queries];
  await until('data', async () => {
    // So that there are calls whose time can be taken.
    await node.rpc('system_health');
    const got = await Promise.all(without.map(values));
    without = without.filter((_, index) => got[index].length === 0);
    return without.length === 0;
  }, 90_000).catch(() => assert.deepEqual(without, [], 'queries without data'));
});

test('no alarm fires on a network that is well', async () => {
  await until('quiet', async () => (await values('ALERTS{alertstate="firing"}')).length === 0);
});

test('the dashboards choose from labels that there are, and no panel lies on another', async () => {
  for (const { title, panels, templating } of dashboards) {
    for (const { name, type, definition } of templating.list) {
      if (type !== 'query') continue;
      const [, metric, label] = definition.match(/^label_values\((\w+), (\w+)\)$/);
      assert.ok((await prometheus(`label/${label}/values`, { 'match[]': metric })).length > 0, `${title}: $${name}`);
    }
    assert.equal(new Set(panels.map(({ id }) => id)).size, panels.length, `${title}: an id twice`);
    const taken = new Set();
    for (const { title: panel, gridPos: { x, y, w, h } } of panels) {
      for (let place = 0; place < w * h; place++) {
        const at = `${x + (place % w)},${y + Math.floor(place / w)}`;
        assert.ok(x + w <= 24 && !taken.has(at), `${title}: "${panel}" lies on another panel, or beside the board`);
        taken.add(at);
      }
    }
  }
  assert.equal(new Set(dashboards.map(({ uid }) => uid)).size, dashboards.length);
});

test('every metric that a dashboard, an alert or the docs name exists', async () => {
  const there = new Set((await prometheus('label/__name__/values')).flatMap((name) => [name, name.replace(/_bucket$/, '')]));
  const sources = {
    ...Object.fromEntries(dashboards.map((dashboard) => [dashboard.title, JSON.stringify(dashboard)])),
    ...Object.fromEntries(alerts.map(({ alert, expr }) => [alert, expr])),
    'docs/operations.md': text('docs/operations.md'),
    'docs/rpc.md': text('docs/rpc.md'),
  };
  for (const [source, written] of Object.entries(sources)) {
    const named = [...written.matchAll(/\b(?:bcai|substrate)_[a-z0-9_]+\b(?!\*)/g)].map(([name]) => name);
    // Chains and a file, no metrics.
    for (const name of named.filter((each) => !['bcai_dev', 'bcai_local', 'bcai_runtime'].includes(each))) {
      assert.ok(there.has(name), `${source} names ${name}, which no node shows`);
    }
  }
});

test('names and kinds of the chain\'s own metrics are as Prometheus wants them', async () => {
  const own = (await nodes[0].metrics()).split('\n').filter((line) => /^(# (HELP|TYPE) )?bcai_/.test(line));
  assert.ok(own.length > 60, `${own.length} lines`);
  const { status, output } = await run(program('promtool'), ['check', 'metrics'], { input: `${own.join('\n')}\n` });
  assert.equal(status, 0, output);
  assert.equal(output, '');
});
