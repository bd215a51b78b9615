// Every text is readable on what it stands on: a contrast of 4.5 at least, in light and in dark.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';

const css = readFileSync(new URL('../src/app/style.css', import.meta.url), 'utf8');
const colours = (block) => Object.fromEntries([...block.matchAll(/--([a-z-]+): (#[0-9a-f]{6});/g)].map(([, name, value]) => [name, value]));
const [light, dark] = css.split('@media (prefers-color-scheme: dark)').slice(0, 2).map(colours);

const PAIRS = [
  ...['text', 'muted', 'accent', 'bad', 'warn', 'good'].map((name) => [name, 'surface']),
  ...['text', 'muted', 'accent'].map((name) => [name, 'page']),
  ...['text', 'muted'].map((name) => [name, 'sunken']),
  ...['good', 'busy', 'warn', 'bad'].map((name) => [name, `${name}-ground`]),
  ['accent', 'busy-ground'], ['on-accent', 'accent'],
];

function luminance(colour) {
  const [red, green, blue] = [1, 3, 5].map((at) => parseInt(colour.slice(at, at + 2), 16) / 255).map((part) => (part <= 0.03928 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

for (const [scheme, palette] of Object.entries({ light, dark })) {
  test(`text can be read in ${scheme}`, () => {
    assert.deepEqual(Object.keys(palette), Object.keys(light), 'each scheme has every colour');
    for (const [text, ground] of PAIRS) {
      const [one, other] = [luminance(palette[text]), luminance(palette[ground])];
      const contrast = (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05);
      assert.ok(contrast >= 4.5, `${text} on ${ground}: ${contrast.toFixed(2)}`);
    }
  });
}
