import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const here = fileURLToPath(new URL('..', import.meta.url));
const folder = join(here, 'dist');

function run(tool, ...parameters) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(here, 'node_modules', tool), ...parameters], { cwd: here, encoding: 'utf8' });
  assert.equal(status, 0, stdout + stderr);
}

test('the sources keep to their types', () => run('typescript/bin/tsc'));

test('what is built lies in any folder and loads nothing from elsewhere', () => {
  run('vite/bin/vite.js', 'build');
  const page = readFileSync(join(folder, 'index.html'), 'utf8').replaceAll('&#39;', "'");
  const loaded = [...page.matchAll(/(?:src|href)="([^"]*)"/g)].map(([, url]) => url);
  assert.ok(loaded.length >= 3, page);
  for (const url of loaded) {
    assert.match(url, /^\.\//);
    assert.ok(statSync(join(folder, url)).isFile());
  }
  assert.match(page, /Content-Security-Policy" content="default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; .*connect-src ws: wss:;/);
  for (const name of readdirSync(join(folder, 'assets')).filter((each) => each.endsWith('.css'))) {
    assert.doesNotMatch(readFileSync(join(folder, 'assets', name), 'utf8'), /@import|url\(/);
  }
  const bytes = readdirSync(join(folder, 'assets')).reduce((sum, name) => sum + statSync(join(folder, 'assets', name)).size, 0);
  assert.ok(bytes < 1_500_000, `${bytes} bytes: the console is to stay small`);
});
