// docs/dapps.md holds: its programs run against a development node, and print what the page says.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Node, until } from '../support/node.mjs';
import { prints, Shell, shellBlocks } from '../support/page.mjs';

const PAGE = 'docs/dapps.md';
let node;
let shell;

before(async () => {
  node = await Node.start('dev');
  shell = new Shell({ BCAI_RPC: node.url });
  await until('finality', async () => (await node.finalized()) >= 1);
});
after(async () => {
  shell?.end();
  await node?.remove();
});

for (const { line, code, printed = '' } of shellBlocks(PAGE)) {
  test(`${PAGE}:${line}`, async () => {
    const output = await shell.run(code, 60_000);
    assert.ok(prints(printed, output), `the page says that it prints\n${printed}\nand it printed\n${output}`);
  });
}
