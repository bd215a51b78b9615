#!/usr/bin/env node
// Runs a cargo command and says how far it is: on a terminal with cargo's own bar, elsewhere in a line now and then instead
// of a thousand names of crates. Everything else that cargo says passes through, and its exit status is this one's.

import { spawn } from 'node:child_process';
import { constants } from 'node:os';

const [command, ...parameters] = process.argv.slice(2);
if (!command) {
  console.error('Usage: scripts/support/with-progress.mjs cargo <arguments>');
  process.exit(2);
}

// A cold `scripts/build` on two cores (cargo build --timings): the share of units that are done after each twentieth of its
// time. Large crates come late, so units alone would promise far too little.
const DONE = [0, 0.13, 0.29, 0.34, 0.37, 0.41, 0.45, 0.59, 0.65, 0.67, 0.72, 0.75, 0.77, 0.82, 0.93, 0.98, 0.99, 0.995, 0.997, 0.999, 1];
const NOISE = /^(Compiling|Checking|Downloading \[|Downloaded|Fresh|Dirty) ?/;
const BAR = /^Building \[[=> ]*\] (\d+)\/(\d+)(?:: (.*))?$/;
const ERASE = /\x1b\[K/g;
const COLOURS = /\x1b\[[0-9;]*[A-Za-z]/g;

/** The share of a cold build's time that has passed when this share of its units is done. */
function timeShare(done) {
  const above = Math.max(1, DONE.findIndex((share) => share >= done));
  const [low, high] = [DONE[above - 1], DONE[above]];
  return (above - 1 + (done - low) / (high - low)) / (DONE.length - 1);
}

const duration = (ms) => (ms < 90_000 ? `${Math.round(ms / 1000)} s` : `${Math.round(ms / 60_000)} minutes`);

const started = Date.now();
let first; // { time, share } when what was compiled before had been counted
let now; // { units, names, end } of the last bar

function progress(done, total, names) {
  const time = Date.now();
  const share = timeShare(done / total);
  // Units that are compiled already count within the first seconds.
  if (!first && time - started > 3_000) first = { time, share };
  const gone = first ? share - first.share : 0;
  now = { units: `${done} of ${total} units`, names, end: gone > 0.01 ? time + ((time - first.time) * (1 - share)) / gone : undefined };
}

// By the clock: while one unit takes minutes, cargo says nothing.
const teller = setInterval(() => {
  if (!now) return;
  const left = now.end > Date.now() ? `, about ${duration(now.end - Date.now())} left` : '';
  console.error(`   build: ${now.units} in ${duration(Date.now() - started)}${left}${now.names ? ` (${now.names})` : ''}`);
}, 10_000);

/** Takes a line, or a bar, which ends with a carriage return. */
function show(line) {
  const text = line.replace(COLOURS, '').trim();
  const bar = text.match(BAR);
  if (bar) progress(Number(bar[1]), Number(bar[2]), bar[3]);
  else if (text ? !NOISE.test(text) : line.endsWith('\n')) process.stderr.write(`${line.replace(ERASE, '').trimEnd()}\n`);
}

const ownBar = process.stderr.isTTY;
const env = ownBar ? process.env : { ...process.env, CARGO_TERM_PROGRESS_WHEN: 'always', CARGO_TERM_PROGRESS_WIDTH: '100' };
const child = spawn(command, parameters, { env, stdio: ['inherit', 'inherit', ownBar ? 'inherit' : 'pipe'] });
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal));

let rest = '';
child.stderr?.setEncoding('utf8').on('data', (chunk) => {
  const lines = (rest + chunk).split(/(?<=[\r\n])/);
  rest = /[\r\n]$/.test(chunk) ? '' : lines.pop();
  lines.forEach(show);
});
child.on('error', (error) => {
  console.error(`with-progress: ${command}: ${error.message}`);
  process.exit(127);
});
child.on('close', (status, signal) => {
  clearInterval(teller);
  show(rest);
  process.exitCode = signal ? 128 + constants.signals[signal] : status;
});
