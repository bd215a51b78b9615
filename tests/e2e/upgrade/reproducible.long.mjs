// Two builds of the runtime on one machine are one file, wherever its builder works: what voters compare is the hash of it.
// Compiles some 300 crates twice, about four minutes each on two cores.

import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { run } from '../support/programs.mjs';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'bcai-reproducible-'));
after(() => rmSync(folder, { recursive: true, force: true }));

/** Compiles the runtime from nothing in this folder; gives the WASM. */
async function built(name) {
  const options = { timeout: 1_800_000, maxBuffer: 1 << 28 };
  const { status, output } = await run(join(ROOT, 'scripts/support/rebuilt-runtime'), ['hashed', join(folder, name)], options);
  assert.equal(status, 0, output);
  return readFileSync(output.match(/^\/.*bcai_runtime\.wasm$/m)[0]);
}

test('two builds in two folders give the same bytes, and name no path of this machine', async () => {
  const first = await built('first');
  const second = await built('another/one/that/is/deeper');
  assert.ok(first.equals(second), `${first.length} and ${second.length} bytes that differ`);
  for (const path of [ROOT, homedir(), folder]) assert.ok(!first.includes(path), `${path} is in the runtime`);
});
