// What CI runs when, as README.md and CONTRIBUTING.md say.

import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';

const FOLDER = fileURLToPath(new URL('../../../.github/workflows/', import.meta.url));
const workflows = readdirSync(FOLDER).map((name) => parse(readFileSync(join(FOLDER, name), 'utf8')));

/** The commands of all jobs that this event starts. */
const runOn = (event) => workflows.filter(({ on }) => event in on).flatMap(({ jobs }) => Object.values(jobs)).flatMap(({ steps }) => steps).map(({ run }) => run);

test('CI runs the tests for each change, and the long ones too each night', () => {
  for (const event of ['push', 'pull_request']) assert.ok(runOn(event).includes('.ci/run'), event);
  assert.ok(runOn('schedule').includes('.ci/run --long'), 'nothing runs the long tests');
  for (const { cron } of workflows.flatMap(({ on }) => on.schedule ?? [])) assert.match(cron, /^\d+ \d+ \* \* \*$/, 'a minute of every day');
});
