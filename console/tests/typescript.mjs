// Lets Node.js import the sources as they are; `import './typescript.mjs'` comes before `await import('../src/...')`.

import { readFileSync } from 'node:fs';
import { register } from 'node:module';
import { fileURLToPath } from 'node:url';
import { isMainThread } from 'node:worker_threads';
import { transformSync } from 'esbuild';

export function load(url, context, next) {
  if (!/\/src\/.*\.tsx?$/.test(url)) return next(url, context);
  const { code } = transformSync(readFileSync(fileURLToPath(url), 'utf8'), {
    loader: url.endsWith('x') ? 'tsx' : 'ts', target: 'es2022', jsx: 'automatic', jsxImportSource: 'preact', sourcemap: 'inline', sourcefile: url,
  });
  return { format: 'module', source: code, shortCircuit: true };
}

// Hooks run in a thread of their own, which loads this file again.
if (isMainThread) register(import.meta.url);
