// docs/cli.md, written from what the node's binary says of itself with `--help`.

import { execFileSync } from 'node:child_process';
import { basename } from 'node:path';

const INTRODUCTION = `# The command line

What \`bcai-node --help\` and \`bcai-node <command> --help\` say, command by command. Written by \`scripts/docs --update\`, not by hand; a
test compares it with the binary. Each command has \`--help\`, shorter as \`-h\`, and \`--version\`. Which options an operator sets, and why:
[operations.md](operations.md); those of RPC: [rpc.md](rpc.md#what-an-operator-sets).

Where an option's own text gives no default:

| what | default |
|---|---|
| \`--base-path\` | \`bcai-node\` in \`$XDG_DATA_HOME\`, which is \`~/.local/share\` where it isn't set |
| \`--chain\` | \`local\`: a chain of two validators whose keys everybody knows |
| \`--rpc-port\`, \`--prometheus-port\`, \`--port\` | 9944, 9615, 30333 |
| \`--keystore-path\`, \`--node-key-file\` | \`chains/<id>/keystore\` and \`chains/<id>/network/secret_ed25519\` in the base path |
`;

const EVERYWHERE = new Set(['-h, --help', '-V, --version']);

/** What a command says with --help; the name in it is that of the file. */
function help(binary, command) {
  // Where no terminal tells how wide it is, 100 columns.
  const text = execFileSync(binary, [...command, '--help'], { encoding: 'utf8', env: { PATH: process.env.PATH } });
  return text.replaceAll(basename(binary), 'bcai-node');
}

const unindented = (lines) => {
  const depth = Math.min(...lines.filter((line) => line.trim()).map((line) => line.search(/\S/)));
  return lines.map((line) => line.slice(depth));
};

/** A text of --help as Markdown: lists where it has lists, and nothing that looks like a tag. */
function prose(lines) {
  const text = unindented(lines)
    .join('\n')
    .replace(/^ *• /gm, '- ')
    .replace(/^(- [^\s:]+:) +/gm, '$1 ')
    .replace(/^\[(default|possible values): (.*)\]$/gm, (_, what, value) => `${what === 'default' ? 'Default' : 'One of'}: \`${value}\`.`)
    .replace(/`[^`]*`|<(?!https?:)|\*(?=\w)/g, (found) => (found === '<' ? '&lt;' : found))
    .replace(/\n{3,}/g, '\n\n');
  return text.trim();
}

/** The options or arguments of one group: a heading of each, and what is said of it. */
function* entries(lines) {
  // A name begins a line with less indentation than what is said of it, or has that in the same line.
  const begin = /^ {1,6}(\S.*?)(?: {2,}(\S.*))?$/;
  let entry;
  for (const line of lines) {
    const match = line.match(begin);
    if (match && /^(-|<|\[)/.test(match[1])) {
      if (entry) yield entry;
      // As deep as the lines that follow.
      entry = { name: match[1], text: match[2] ? [line.slice(0, -match[2].length).replace(/./g, ' ') + match[2]] : [] };
    } else {
      entry?.text.push(line);
    }
  }
  if (entry) yield entry;
}

/** The sections of a command's help: [title, lines], the first without a title. */
function sections(text) {
  const all = [['', []]];
  for (const line of text.split('\n')) {
    const title = line.match(/^([A-Z][A-Za-z ]+):$/);
    if (title) all.push([title[1], []]);
    else all.at(-1)[1].push(line);
  }
  return all;
}

/** Adds a command and its subcommands to the parts of the page; `known` are the options that have been explained, by whose they are. */
function page(binary, command, parts, known) {
  const name = ['bcai-node', ...command].join(' ');
  parts.push(`## \`${name}\``);
  const subcommands = [];
  const repeated = new Map();
  for (const [title, lines] of sections(help(binary, command))) {
    if (title === '') {
      const usage = lines.findIndex((line) => line.startsWith('Usage: '));
      parts.push(prose(lines.slice(0, usage)));
      parts.push(['```text', ...lines.slice(usage).join('\n').trim().split('\n').map((line) => line.replace(/^Usage: | {7}/, '')), '```'].join('\n'));
    } else if (title === 'Commands') {
      subcommands.push(...lines.map((line) => line.match(/^ {2}(\S+)/)?.[1]).filter((each) => each && each !== 'help'));
    } else if (title === 'Examples') {
      parts.push('Examples:', ['```text', ...unindented(lines.join('\n').trimEnd().split('\n')), '```'].join('\n'));
    } else {
      if (title !== 'Options' && title !== 'Arguments') parts.push(`### ${title}`);
      for (const { name: option, text } of entries(lines)) {
        if (EVERYWHERE.has(option)) continue;
        const part = `#### \`${option}\`\n\n${prose(text)}`;
        const owner = known.get(part);
        if (owner) repeated.set(owner, [...(repeated.get(owner) ?? []), option]);
        else {
          known.set(part, name);
          parts.push(part);
        }
      }
    }
  }
  for (const [owner, options] of repeated) {
    parts.push(`As of [\`${owner}\`](#${owner.replaceAll(' ', '-')}): ${options.map((option) => `\`${option}\``).join(', ')}.`);
  }
  for (const subcommand of subcommands) page(binary, [...command, subcommand], parts, known);
}

/** The whole page. */
export function cliPage(binary) {
  const parts = [INTRODUCTION.trim()];
  page(binary, [], parts, new Map());
  return `${parts.filter(Boolean).join('\n\n')}\n`;
}
