// A real Chromium with the console in it.

import { execFile, spawn } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { chromium } from 'playwright-core';
import { endWithTests, freePort } from './node.mjs';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
/** Those that scripts/setup looks for. */
const BROWSERS = ['chromium-headless-shell', 'chromium', 'google-chrome'];

function browserPath() {
  for (const name of BROWSERS) {
    for (const folder of process.env.PATH.split(delimiter)) {
      try {
        accessSync(join(folder, name), constants.X_OK);
        return join(folder, name);
      } catch {
        // Not there.
      }
    }
  }
  throw new Error(`none of ${BROWSERS.join(', ')} is in PATH; scripts/setup --test installs one`);
}

export class Console {
  /** What the pages complained about, and what they asked for elsewhere than at the console's server. */
  complaints = [];
  foreign = [];

  /** Builds and serves the console, as a person does, with a browser beside it; nodes are named page by page. */
  static async start() {
    const console = new Console();
    await promisify(execFile)(join(ROOT, 'scripts/console'), ['--build']);
    const child = endWithTests(spawn(process.execPath, [join(ROOT, 'console/serve.mjs'), 'ws://127.0.0.1:1', String(await freePort())], { stdio: ['ignore', 'pipe', 'inherit'] }));
    console.server = child;
    const address = await new Promise((resolve, reject) => {
      let text = '';
      child.stdout.on('data', (chunk) => {
        text += chunk;
        const found = /http:\/\/\S+/.exec(text);
        if (found) resolve(found[0]);
      });
      child.on('exit', (status) => reject(new Error(`the console's server ended with ${status}`)));
    });
    console.origin = new URL(address).origin;
    console.browser = await chromium.launch({ executablePath: browserPath() });
    return console;
  }

  /** A page of the console, showing the chain of a node. */
  async open(rpc, path = '/', prepare = async () => {}) {
    const page = await this.browser.newPage();
    page.setDefaultTimeout(60_000);
    page.on('pageerror', ({ message }) => this.complaints.push(message));
    page.on('request', (request) => {
      if (!request.url().startsWith(`${this.origin}/`)) this.foreign.push(request.url());
    });
    page.on('websocket', (socket) => {
      if (socket.url().replace(/\/$/, '') !== rpc) this.foreign.push(socket.url());
    });
    await prepare(page);
    await page.goto(`${this.origin}/?rpc=${rpc}#${path}`);
    return page;
  }

  async close() {
    await this.browser?.close();
    this.server?.kill();
  }
}
