// docs/cli.md against the binary: every command and option of --help is there as the binary has it.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { cliPage } from '../../../scripts/support/cli-page.mjs';
import { BINARY, succeed } from '../support/node.mjs';

const committed = readFileSync(new URL('../../../docs/cli.md', import.meta.url), 'utf8');

test('the page of the command line is what the binary says of itself', () => {
  const now = cliPage(BINARY).split('\n');
  const line = committed.split('\n').findIndex((text, index) => text !== now[index]);
  const [was, is] = [committed.split('\n')[line], now[line]];
  assert.equal(committed, now.join('\n'), `docs/cli.md:${line + 1} has "${was}", and the binary "${is}": scripts/docs --update writes the page anew`);
});

test('every command and every option of the help is on it', async () => {
  // By a look at the help that knows nothing of its form.
  const help = await succeed('--help');
  for (const [option] of help.matchAll(/(?<=^ {2,6}(?:-\w, )?)--(?!help|version)[a-z][a-z-]+/gm)) {
    assert.match(committed, new RegExp(`^#### .*${option}\\b`, 'm'));
  }
  for (const [, command] of help.split('\nOptions:')[0].matchAll(/^ {2}(?!help)([a-z-]+) {2}/gm)) {
    assert.ok(committed.includes(`## \`bcai-node ${command}\``), command);
  }
});
