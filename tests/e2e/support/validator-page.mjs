// docs/validator.md as a test: on loopback, in a new folder and on free ports.

import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { BINARY, freePort } from './node.mjs';
import { prints, Shell, shellBlocks } from './page.mjs';

const PAGE = 'docs/validator.md';

/** A test for each block of the page; of the long ones too where that is wanted. */
export async function validatorPage({ long }) {
  const folder = mkdtempSync(join(tmpdir(), 'bcai-validator-page-'));
  const names = ['BCAI_PORT', 'BCAI_RPC_PORT', 'BCAI_METRICS_PORT', 'BCAI_OTHER_PORT', 'BCAI_OTHER_RPC_PORT'];
  const ports = await Promise.all(names.map(async (name) => [name, await freePort()]));
  const shell = new Shell({ BCAI_NODE: BINARY, BCAI_DATA: join(folder, 'data'), ...Object.fromEntries(ports) });
  after(() => {
    shell.end();
    rmSync(folder, { recursive: true, force: true });
  });

  const blocks = shellBlocks(PAGE);
  test('the page goes from keys to another machine', () => {
    for (const step of [
      'key generate', 'key insert', 'generate-node-key', 'chain-spec --raw', 'key check', 'author_hasSessionKeys', 'author_rotateKeysWithOwner', 'scripts/set-keys',
      'scripts/restore', 'kill',
    ]) {
      assert.ok(blocks.some(({ code }) => code.includes(step)), step);
    }
    assert.ok(blocks.filter(({ printed }) => printed).length >= 10);
    assert.ok(blocks.some((block) => block.long));
  });

  let failed = false;
  for (const block of blocks.filter((each) => long || !each.long)) {
    const title = block.code.trim().split('\n')[0];
    test(`${PAGE}:${block.line}: ${title}`, async () => {
      assert.ok(!failed, 'a block before this one failed');
      failed = true;
      let output;
      try {
        output = await shell.run(block.code, block.long ? 900_000 : 120_000);
      } catch (error) {
        const log = (name) => { try { return readFileSync(join(folder, 'data', name), 'utf8').split('\n').slice(-15).join('\n'); } catch { return ''; } };
        throw new Error(`${error.message}\nmine.log:\n${log('mine.log')}\nother.log:\n${log('other.log')}`);
      }
      const expected = block.printed ?? '';
      assert.ok(prints(expected, output), `the page says that it prints\n${expected}\nand it printed\n${output}`);
      failed = false;
    });
  }
}
