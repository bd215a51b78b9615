// Links and headings of Markdown, for the checker of links and the book.

/** The same text with spaces in place of code, which has no links: every index stays what it was. */
function withoutCode(text) {
  const blank = (code) => code.replace(/[^\n]/g, ' ');
  return text
    .replace(/^( *)(```+|~~~+)[^\n]*\n[^]*?(^ *\2[`~]*[ \t]*$|(?![^]))/gm, blank)
    .replace(/(?<!`)(`+)(?!`)[^]*?[^`]\1(?!`)/g, (code) => (/\n\s*\n/.test(code) ? code : blank(code)))
    .replace(/<!--[^]*?-->/g, blank);
}

/** Every link and image: { index, length } of the whole of it, `at` of its target, `text` and `target`. */
export function links(text) {
  const found = [];
  const visible = withoutCode(text);
  const add = (index, whole, label, target) =>
    found.push({ index, length: whole.length, at: index + whole.indexOf(target, label.length), text: text.slice(index + 1, index + 1 + label.length), target });
  // Text may have brackets in it, as an image that is a link has.
  for (const { index, 0: whole, 1: label, 2: target } of visible.matchAll(/\[((?:[^[\]]|\[[^\]]*\])*)\]\(\s*<?([^)\s>]+)>?(?:\s+"[^"]*")?\s*\)/g)) {
    add(index, whole, label, target);
    for (const image of label.matchAll(/\[([^\]]*)\]\(([^)\s]+)\)/g)) add(index + 1 + image.index, ...image);
  }
  for (const { index, 0: whole, 1: target } of visible.matchAll(/^ {0,3}\[[^\]]+\]:\s*(\S+)/gm)) add(index, whole, '', target);
  for (const { index, 0: whole, 1: target } of visible.matchAll(/<[a-z]+ [^>]*?(?:href|src)="([^"]+)"/g)) add(index, whole, '', target);
  return found.sort((one, other) => one.index - other.index);
}

/** The fragments that lead into this text, as forges make them of headings. */
export function anchors(text) {
  const seen = new Map();
  const all = new Set();
  const visible = withoutCode(text);
  for (const match of visible.matchAll(/^ {0,3}#{1,6}[ \t]+([^\n]*)/gm)) {
    // As it is written, with its code.
    const heading = text.slice(match.index, match.index + match[0].length).replace(/^ *#+[ \t]+/, '').replace(/[ \t]+#*[ \t]*$/, '');
    const plain = heading.replace(/!?\[([^\]]*)\]\([^)]*\)/g, '$1');
    const slug = plain.toLowerCase().replace(/[^\p{L}\p{N}\p{M}_\- ]/gu, '').replace(/ /g, '-');
    const count = seen.get(slug) ?? 0;
    seen.set(slug, count + 1);
    all.add(count === 0 ? slug : `${slug}-${count}`);
  }
  for (const [, id] of visible.matchAll(/<[a-z]+ [^>]*?(?:id|name)="([^"]+)"/g)) all.add(id);
  return all;
}
