// Runtimes that a chain must not take.

import assert from 'node:assert/strict';

/** The runtime with another name, or another version, in each place where it says so. */
export function doctored(code, { name = 'bcai', version }) {
  const bytes = Buffer.from(code);
  let found = 0;
  for (let at = bytes.indexOf('\x10bcai'); at >= 0; at = bytes.indexOf('\x10bcai', at + 1)) {
    // Spec name, implementation's name, version of authoring, version.
    const place = at + 5 + 1 + (bytes[at + 5] >> 2) + 4;
    if (version !== undefined && bytes.readUInt32LE(place) === version + 1) bytes.writeUInt32LE(version, place);
    else if (version !== undefined) continue;
    bytes.write(name, at + 1);
    found += 1;
  }
  assert.ok(found > 0);
  return bytes;
}

/** zstd of `megabytes` of zeros, by hand: one frame of blocks that each repeat a byte, as the SDK marks compressed code. */
export function bomb(megabytes) {
  const block = (last) => [(1 << 20) | 2 | last, 0].flatMap((each, at) => (at === 0 ? [each & 255, (each >> 8) & 255, (each >> 16) & 255] : [each]));
  const blocks = Array.from({ length: megabytes * 8 }, (_, at) => block(at === megabytes * 8 - 1 ? 1 : 0)).flat();
  return Buffer.from([0x52, 0xbc, 0x53, 0x76, 0x46, 0xdb, 0x8e, 0x05, 0x28, 0xb5, 0x2f, 0xfd, 0x00, 0x50, ...blocks]);
}
