// Programs of others that tests run: those of the system, and those that scripts/setup keeps beside the builds.

import { execFile } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';

const cache = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'bcai');
const folders = [...process.env.PATH.split(delimiter), join(cache, 'prometheus/usr/bin'), join(cache, 'python/checks/bin')];

function executable(path) {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** The path of a program, or undefined. */
export const find = (name) => folders.map((folder) => join(folder, name)).find(executable);

/** The path of a program that has to be there. */
export function program(name) {
  const path = find(name);
  if (!path) throw new Error(`${name} is missing; scripts/setup --test installs it`);
  return path;
}

/** Runs a program to its end: { status, output }, where output is all that it printed. */
export function run(path, parameters, { input = '', ...options } = {}) {
  return new Promise((resolve, reject) => {
    const child = execFile(path, parameters, { timeout: 60_000, ...options }, (error, stdout, stderr) => {
      if (error && typeof error.code !== 'number') reject(error);
      else resolve({ status: error?.code ?? 0, output: stdout + stderr });
    });
    // It may end without having read.
    child.stdin.on('error', () => {}).end(input);
  });
}
