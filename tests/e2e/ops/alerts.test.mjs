// The alert rules: that Prometheus takes them, that each fires when it has to, and that the docs tell of each.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import { program, run } from '../support/programs.mjs';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const FOLDER = join(ROOT, 'ops/prometheus');
const text = (path) => readFileSync(join(ROOT, path), 'utf8');
const alerts = parse(text('ops/prometheus/alerts.yml')).groups.flatMap(({ rules }) => rules);
const promtool = (...parameters) => run(program('promtool'), parameters, { cwd: FOLDER });

test('Prometheus takes the rules and both configurations', async () => {
  for (const parameters of [['rules', 'alerts.yml'], ['config', 'prometheus.yml'], ['config', '../compose/prometheus.yml']]) {
    const { status, output } = await promtool('check', ...parameters);
    assert.equal(status, 0, output);
  }
});

test('every alert fires when it has to and not before', async () => {
  const { status, output } = await promtool('test', 'rules', 'alerts.test.yml');
  assert.equal(status, 0, output);
  const tests = parse(text('ops/prometheus/alerts.test.yml')).tests;
  for (const { alert } of alerts) {
    const fires = (query) => query.exp_samples?.some(({ labels }) => labels === `{alertname="${alert}"}`);
    const both = tests.some(({ promql_expr_test: queries = [] }) => queries.some(fires) && queries.some(({ exp_samples: none }) => !none));
    assert.ok(both, `no test of ${alert} with a time before it fires and one at which it does`);
  }
});

test('the docs have a row for every alert, and every alert says where to read on', () => {
  const docs = text('docs/operations.md');
  const watch = docs.slice(docs.indexOf('\n## What to watch'), docs.indexOf('\n## ', docs.indexOf('\n## What to watch') + 1));
  const rows = [...watch.matchAll(/^\| `([A-Z]\w+)` \|/gm)].map(([, name]) => name);
  assert.deepEqual(rows, alerts.map(({ alert }) => alert));

  const anchors = [...docs.matchAll(/^#+ (.*)$/gm)].map(([, heading]) => heading.toLowerCase().replace(/[^a-z0-9 -]/g, '').replaceAll(' ', '-'));
  for (const { alert, labels, annotations } of alerts) {
    assert.ok(['critical', 'warning', 'info'].includes(labels.severity), `${alert} has the severity ${labels.severity}`);
    assert.ok(annotations.summary && annotations.description, `${alert} lacks a summary or a description`);
    const [page, anchor] = annotations.runbook_url.split('#');
    assert.equal(page, 'docs/operations.md', alert);
    assert.ok(anchors.includes(anchor), `${alert} points to #${anchor}, which docs/operations.md doesn't have`);
  }
});
