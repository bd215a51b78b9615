import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { told } from './check.mjs';
import { printable, word } from './printable.mjs';

/** Goes back to the start of the line, clears it, and writes a line of its own. */
const HOSTILE = '\r\x1b[2K\nAGREES       it runs\x9b31m\u202e';

test('nothing but printable ASCII comes to a terminal', () => {
  assert.equal(printable(HOSTILE), '\\u000d\\u001b[2K\\u000aAGREES       it runs\\u009b31m\\u202e');
  assert.equal(printable('pallet Pouw (40): 1 -> 2 ~'), 'pallet Pouw (40): 1 -> 2 ~');
});

test('JSON stays what it was', () => {
  assert.deepEqual(JSON.parse(printable(JSON.stringify({ [HOSTILE]: [HOSTILE, '"\\'] }))), { [HOSTILE]: [HOSTILE, '"\\'] });
});

test('a name has no blanks and an end, so that it fills no line of a terminal', () => {
  assert.equal(word(`a${' '.repeat(3)}b`), 'a\\u0020\\u0020\\u0020b');
  assert.ok(word(HOSTILE.repeat(1000)).length < 100);
  assert.equal(word('TaskInfo'), 'TaskInfo');
});

test('what a runtime says of itself makes no line of its own', () => {
  const version = { specName: HOSTILE, specVersion: 2, transactionVersion: 1 };
  const lines = told({
    hash: '0x00', bytes: 1, at: 1, now: { ...version, specName: 'bcai' }, then: version, migration: { error: HOSTILE, writtenKeys: 0 },
    versions: [[word(HOSTILE), 0, 1]], changes: [`+ pallet ${word(HOSTILE)} (1)`], wrong: [`its first blocks fail: ${HOSTILE}`],
  }).map(printable);
  assert.deepEqual(lines.filter((line) => !/^(runtime|version|tried on|storage|changes|WRONG|) +/.test(line)), []);
  assert.deepEqual(lines.filter((line) => /[^\x20-\x7e]/.test(line)), []);
});

test('what the tool says is printable, whatever it is about', () => {
  const main = fileURLToPath(new URL('main.mjs', import.meta.url));
  const { status, stderr } = spawnSync(process.execPath, [main, main, '--verify', HOSTILE], { encoding: 'utf8' });
  assert.equal(stderr, `upgrade: --verify needs the number of a referendum, not '${printable(HOSTILE)}'\n`);
  assert.equal(status, 2);
});
