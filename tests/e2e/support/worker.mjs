// A worker written from the specification alone, slow and simple: it shows that the runtime and the node's miner
// follow shared text and not each other. Sections in comments are those of the PoUW specification.

import { blake3 } from '@noble/hashes/blake3';
import { levels, stripLeaves } from '@bcai/sdk';

const STRIP = 8;
const SETS = [{ k: 1024, r: 32 }, { k: 4096, r: 128 }];

const utf8 = (text) => new TextEncoder().encode(text);
const KEY = Object.fromEntries(['job', 'seed-a', 'seed-b'].map((name) => [name, blake3(utf8(`bcai/pouw/v1/${name}`))]));
const keyed = (key, ...parts) => blake3(Buffer.concat(parts), { key });
const extended = (key, dkLen, ...parts) => blake3(Buffer.concat(parts), { key, dkLen });
const bytesOf = (hex) => Buffer.from(hex.slice(2), 'hex');
const u32 = (value) => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
};
const u64 = (value) => {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt(value));
  return bytes;
};

/** Section 3. All hashes and the worker's account as 0x-hex. */
export function seeds({ genesis, set, task, anchor, worker, m, n, rootA, rootB }) {
  const job = keyed(KEY.job, bytesOf(genesis), Buffer.of(set), u64(task), bytesOf(anchor), bytesOf(worker), u32(m), u32(n));
  const b = keyed(KEY['seed-b'], job, bytesOf(rootB), u32(n));
  const a = keyed(KEY['seed-a'], b, bytesOf(rootA), u32(m));
  return { a, b };
}

/** Section 4: strip number `index` of `matrix` with its noise. */
function noised({ k, data }, index, seed, { r }) {
  const dense = extended(seed, STRIP * r, utf8('U'), u32(index));
  const numbers = new DataView(extended(seed, 4 * k, utf8('S')).buffer);
  const strip = Int32Array.from(data.subarray(index * STRIP * k, (index + 1) * STRIP * k));
  for (let c = 0; c < k; c++) {
    const u = numbers.getUint32(4 * c, true);
    const p = u & (r - 1);
    const q = p ^ (1 + (((u >>> 16) * (r - 1)) >>> 16));
    for (let row = 0; row < STRIP; row++) strip[row * k + c] += (dense[row * r + p] & 63) - (dense[row * r + q] & 63);
  }
  return strip;
}

/** Section 5: the ticket of a tile, as a number. */
function ticket(a, bt, seedA, { k, r }) {
  const accumulators = new Int32Array(STRIP * STRIP);
  const message = new Uint32Array(16);
  for (let l = 0; l < k / r; l++) {
    let mixed = 0;
    for (let y = 0; y < STRIP; y++) {
      for (let x = 0; x < STRIP; x++) {
        let sum = accumulators[y * STRIP + x];
        for (let c = l * r; c < (l + 1) * r; c++) sum += a[y * k + c] * bt[x * k + c];
        accumulators[y * STRIP + x] = sum;
        mixed ^= sum;
      }
    }
    const word = message[l % 16];
    message[l % 16] = ((word << 13) | (word >>> 19)) ^ mixed;
  }
  const digest = keyed(seedA, Buffer.from(message.buffer));
  return BigInt(`0x${Buffer.from(digest).reverse().toString('hex')}`);
}

function path(tree, index) {
  const siblings = [];
  for (const level of tree.slice(0, -1)) {
    if ((index ^ 1) < level.length) siblings.push(level[index ^ 1]);
    index >>= 1;
  }
  return siblings;
}

/** Every tile's ticket, in row-major order: { i, j, ticket }. */
export function* tickets(a, bt, seed, set) {
  const parameters = SETS[set];
  const noisedB = Array.from({ length: bt.rows / STRIP }, (_, j) => noised(bt, j, seed.b, parameters));
  for (let i = 0; i < a.rows / STRIP; i++) {
    const strip = noised(a, i, seed.a, parameters);
    for (const [j, other] of noisedB.entries()) yield { i, j, ticket: ticket(strip, other, seed.a, parameters) };
  }
}

/** What submit_ticket takes, for tile (i, j). */
export function certificate(task, i, j, a, bt) {
  const strip = ({ k, data }, index) => Buffer.from(data.slice(index * STRIP * k, (index + 1) * STRIP * k).buffer);
  const hex = (bytes) => `0x${Buffer.from(bytes).toString('hex')}`;
  const siblings = (matrix, index) => path(levels(stripLeaves(matrix)), index).map(hex);
  return { task, i, j, stripA: hex(strip(a, i)), stripB: hex(strip(bt, j)), pathA: siblings(a, i), pathB: siblings(bt, j) };
}
