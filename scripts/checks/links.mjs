#!/usr/bin/env node
// Does every link in the repository's Markdown lead somewhere, and does docs/SUMMARY.md list every page of docs/?
// Reads the working tree: links to the web aren't followed.

import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import { anchors, links } from '../support/markdown.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '../..');
const git = (...parameters) => execFileSync('git', parameters, { cwd: root, encoding: 'utf8', maxBuffer: 1 << 26 });
// What is ignored is on this machine alone.
const files = git('ls-files', '-z', '--cached', '--others', '--exclude-standard').split('\0').filter((file) => file && existsSync(join(root, file)));
const known = new Set(files);
for (const file of files) for (let folder = dirname(file); folder !== '.'; folder = dirname(folder)) known.add(folder);
known.add('.');

const texts = new Map(files.filter((file) => file.endsWith('.md')).map((file) => [file, readFileSync(join(root, file), 'utf8')]));
const fragments = new Map([...texts].map(([file, text]) => [file, anchors(text)]));
const wrong = [];

for (const [file, text] of texts) {
  for (const { at, target } of links(text)) {
    // To the web; or to an item of Rust, in what is a crate's documentation as well.
    if (/^([a-z][a-z0-9+.-]*:|\/\/)/i.test(target) || /^\w+(::\w+)+$/.test(target)) continue;
    const line = text.slice(0, at).split('\n').length;
    const [path, fragment] = target.split('#');
    const page = path === '' ? file : normalize(join(dirname(file), decodeURI(path))).replace(/\/$/, '');
    if (!known.has(page)) {
      wrong.push(`${file}:${line}: ${target} leads to no file of this repository`);
    } else if (fragment !== undefined) {
      const there = fragments.get(page) ?? fragments.get(join(page, 'README.md'));
      if (!there) wrong.push(`${file}:${line}: ${target} is a place in a file that is no Markdown`);
      else if (!there.has(fragment)) wrong.push(`${file}:${line}: ${target} leads to no heading of ${page}`);
    }
  }
}

const summary = 'docs/SUMMARY.md';
const listed = links(texts.get(summary) ?? '').map(({ target }) => normalize(join('docs', target)));
for (const file of texts.keys()) {
  if (dirname(file) === 'docs' && file !== summary && !listed.includes(file)) wrong.push(`${summary}: ${file} is in no part of the book`);
}
for (const page of new Set(listed.filter((page, index) => listed.indexOf(page) !== index))) wrong.push(`${summary}: ${page} is listed twice`);

for (const each of wrong) console.error(each);
if (wrong.length === 0) console.log(`${[...texts.values()].reduce((sum, text) => sum + links(text).length, 0)} links in ${texts.size} files`);
process.exit(wrong.length === 0 ? 0 : 1);
