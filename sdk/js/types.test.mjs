import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';

const here = fileURLToPath(new URL('.', import.meta.url));
// Inside, so that what is compiled there finds the packages.
const folder = mkdtempSync(`${here}.types-`);
after(() => rmSync(folder, { recursive: true }));

function tsc(...parameters) {
  const { status, stdout } = spawnSync(process.execPath, [`${here}node_modules/typescript/bin/tsc`, ...parameters], { cwd: here, encoding: 'utf8' });
  return { status, stdout };
}

test('the sources keep to their types, and types/ is what `npm run types` makes of them', () => {
  const { status, stdout } = tsc('--declaration', '--emitDeclarationOnly', '--outDir', folder);
  assert.equal(status, 0, stdout);
  assert.deepEqual(readdirSync(folder), readdirSync(`${here}types`));
  for (const name of readdirSync(folder)) {
    assert.equal(readFileSync(`${here}types/${name}`, 'utf8'), readFileSync(`${folder}/${name}`, 'utf8'), `types/${name}`);
  }
});

test('TypeScript users get the types', () => {
  const check = (source) => {
    writeFileSync(`${folder}/user.mts`, source);
    return tsc('--noEmit', '--strict', '--skipLibCheck', '--target', 'es2022', '--module', 'nodenext', `${folder}/user.mts`);
  };
  const source = (rows) => `
    import { inSlabs, stripsRoot, upload, type Matrix, type Rpc } from '@bcai/sdk';
    const a: Matrix = inSlabs(0, ${rows}, new Int8Array(8 * 1500));
    export const root = async (rpc: Rpc): Promise<boolean> =>
      (await upload(rpc, { kind: 'a', paramSet: 0, rows: a.rows, slabs: a.slabs }, a.data)).root === stripsRoot(a);
  `;
  const right = check(source('8'));
  assert.equal(right.status, 0, right.stdout);
  const wrong = check(source('"eight"'));
  assert.notEqual(wrong.status, 0);
  assert.match(wrong.stdout, /Argument of type 'string' is not assignable to parameter of type 'number'/);
});
