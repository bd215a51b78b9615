// Serves the built console on loopback: `node serve.mjs <url of a node> [<port>]`. scripts/console calls it.

import { fileURLToPath } from 'node:url';
import { preview } from 'vite';

const [rpc, port] = process.argv.slice(2);
const root = fileURLToPath(new URL('.', import.meta.url));

try {
  const { resolvedUrls } = await preview({
    root,
    logLevel: 'error',
    preview: { host: '127.0.0.1', port: Number(port ?? 4173), strictPort: port !== undefined },
  });
  console.log(`   the console  ${resolvedUrls.local[0]}?rpc=${rpc}`);
  console.log('   stop it      Ctrl-C');
} catch (error) {
  console.error(`console: ${error.message}`);
  process.exitCode = 1;
}
