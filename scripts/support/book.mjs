#!/usr/bin/env node
// mdBook's preprocessor for docs/: gives pages of the repository outside of that folder a place in the book, and has links
// between pages lead there. A link to a file that is no page keeps its text, and tells the path when the mouse is on it.

import { readFileSync } from 'node:fs';
import { dirname, join, normalize, relative } from 'node:path';
import { links } from './markdown.mjs';

if (process.argv[2] === 'supports') process.exit(0);

const [, book] = JSON.parse(readFileSync(0, 'utf8'));

function* chapters(items) {
  for (const { Chapter: chapter } of items) {
    if (!chapter) continue;
    if (chapter.path) yield chapter;
    yield* chapters(chapter.sub_items);
  }
}

/** Where a page, as a path from the repository's root, is in the book. */
function placeOf(page) {
  const inside = relative('docs', page);
  if (inside === 'README.md') return 'index.md';
  if (page === 'README.md') return 'start.md';
  // sdk/js/README.md as sdk-js.md.
  return inside.startsWith('../') ? page.replace(/\/README\.md$/, '.md').toLowerCase().replaceAll('/', '-') : inside;
}

const all = [...chapters(book.items)];
const sources = new Map(all.map((chapter) => [chapter, normalize(join('docs', chapter.source_path))]));
const places = new Map([...sources.values()].map((page) => [page, placeOf(page)]));

/** A link of this page as it is in the book. */
function translated(page, { index, at, text, target }, whole) {
  if (/^([a-z][a-z0-9+.-]*:|\/\/|#)/i.test(target)) return whole;
  const [path, fragment] = target.split('#');
  const file = normalize(join(dirname(page), decodeURI(path))).replace(/\/$/, '');
  const there = places.get(file) ?? places.get(join(file, 'README.md'));
  const to = (place) => `${whole.slice(0, at - index)}${place}${fragment === undefined ? '' : `#${fragment}`}${whole.slice(at - index + target.length)}`;
  if (there) return to(there);
  // All places in the book are in one folder, and so is what docs/ has beside pages.
  if (file.startsWith('docs/') && !file.endsWith('.md')) return to(relative('docs', file));
  return text ? `<span title="${file}">${text}</span>` : whole;
}

for (const chapter of all) {
  const page = sources.get(chapter);
  let content = '';
  let done = 0;
  for (const link of links(chapter.content)) {
    // What is within another link stays.
    if (link.index < done) continue;
    const end = link.index + link.length;
    content += chapter.content.slice(done, link.index) + translated(page, link, chapter.content.slice(link.index, end));
    done = end;
  }
  chapter.content = content + chapter.content.slice(done);
  chapter.path = places.get(page);
}

console.log(JSON.stringify(book));
