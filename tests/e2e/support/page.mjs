// A page of the documentation as a test: its blocks of shell, one after the other in one shell, and what stands under them.

import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../../', import.meta.url));

/**
 * The blocks of shell of a page, a path from the repository's root: { line, code, long, printed }. `printed` is the text of
 * the block of kind `text` that follows with nothing between, if there is one; `long` blocks are marked as such.
 */
export function shellBlocks(page) {
  const text = readFileSync(`${root}${page}`, 'utf8');
  const block = /^```sh( long)?\n([^]*?)^```\n(?:\n```text\n([^]*?)^```\n)?/gm;
  return [...text.matchAll(block)].map(({ index, 1: long, 2: code, 3: printed }) => ({
    line: text.slice(0, index).split('\n').length, code, long: Boolean(long), printed,
  }));
}

/** Is this what a block says that it prints? Three dots stand for anything in a line; alone in a line, for any line. */
export function prints(expected, output) {
  const pattern = expected.trim().split('...').map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')).join('[^\\n]*');
  return new RegExp(`^${pattern}$`).test(output.trim());
}

export class Shell {
  #output = '';
  #ended = false;
  #wake = () => {};

  /** Starts bash in the repository's root, with these variables besides those that are there. */
  constructor(environment) {
    // A group of its own, so that what it leaves in the background ends with it.
    this.process = spawn('bash', ['--noprofile', '--norc'], { cwd: root, env: { ...process.env, ...environment }, detached: true, stdio: ['pipe', 'pipe', 'pipe'] });
    process.on('exit', this.end);
    for (const stream of [this.process.stdout, this.process.stderr]) {
      stream.setEncoding('utf8').on('data', (text) => {
        this.#output += text;
        this.#wake();
      });
    }
    this.process.on('exit', () => {
      this.#ended = true;
      this.#wake();
    });
    this.process.stdin.write('exec 2>&1\nset -euo pipefail\n');
  }

  /** Runs a block and gives what it prints. Throws where a command of it fails, or the block takes longer than `patience` ms. */
  async run(code, patience) {
    const end = `end of block ${randomUUID()}`;
    this.#output = '';
    // Of one command, so that the shell has read all of it before it begins.
    this.process.stdin.write(`{\n${code}\n}\nprintf '%s\\n' '${end}'\n`);
    const deadline = Date.now() + patience;
    while (!this.#output.includes(end)) {
      if (this.#ended) throw new Error(`a command failed; the block printed:\n${this.#output}`);
      if (Date.now() > deadline) throw new Error(`not at its end after ${patience / 1000} s; the block printed:\n${this.#output}`);
      await new Promise((wake) => {
        this.#wake = wake;
        setTimeout(wake, 1_000);
      });
    }
    return this.#output.replace(`${end}\n`, '');
  }

  /** Ends it, and all that it has started. */
  end = () => {
    process.off('exit', this.end);
    try {
      process.kill(-this.process.pid, 'SIGKILL');
    } catch {
      // There is nobody left.
    }
  };
}
