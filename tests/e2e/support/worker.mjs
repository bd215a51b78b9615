// A worker written from the specification alone, slow and simple: it shows that the runtime and the node's miner
// follow shared text and not each other. Sections in comments are those of the PoUW specification.

import { blake3 } from '@noble/hashes/blake3';
import { levels, pieceLeaves, stripRoots } from '@bcai/sdk';

const STRIP = 8;
/** Noise rank of each parameter set: columns of a block. */
const RANK = [32, 128];

const utf8 = (text) => new TextEncoder().encode(text);
const KEY = Object.fromEntries(['job', 'seed-a', 'seed-b'].map((name) => [name, blake3(utf8(`bcai/pouw/v2/${name}`))]));
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
export function seeds({ genesis, set, task, anchor, worker, m, n, slabs, rootA, rootB }) {
  const job = keyed(KEY.job, bytesOf(genesis), Buffer.of(set), u64(task), bytesOf(anchor), bytesOf(worker), u32(m), u32(n), u32(slabs));
  const b = keyed(KEY['seed-b'], job, bytesOf(rootB), u32(n));
  const a = keyed(KEY['seed-a'], b, bytesOf(rootA), u32(m));
  return { a, b };
}

/** Section 4: the sparse factor of block number `block`, as the order of its one cycle. */
function cycle(seed, block, rank) {
  const numbers = new DataView(extended(seed, 4 * (rank - 1), utf8('S'), u32(block)).buffer);
  const order = Array.from({ length: rank }, (_, index) => index);
  for (let t = rank - 1; t >= 1; t--) {
    const j = Math.floor((numbers.getUint32(4 * (rank - 1 - t), true) * (t + 1)) / 2 ** 32);
    [order[t], order[j]] = [order[j], order[t]];
  }
  return order;
}

/** Section 1: the bytes of piece (`strip`, `slab`), row after row. */
function piece({ k, slabs, data }, strip, slab) {
  const bytes = new Int8Array(STRIP * k);
  for (let row = 0; row < STRIP; row++) {
    const start = ((strip * STRIP + row) * slabs + slab) * k;
    bytes.set(data.subarray(start, start + k), row * k);
  }
  return bytes;
}

/** Section 4: every piece of `matrix` with its noise, as [strip][slab]. */
function noised(matrix, seed, rank) {
  const { rows, k, slabs } = matrix;
  const cycles = Array.from({ length: (slabs * k) / rank }, (_, block) => cycle(seed, block, rank));
  return Array.from({ length: rows / STRIP }, (_, strip) => {
    const dense = extended(seed, STRIP * rank, utf8('U'), u32(strip));
    return Array.from({ length: slabs }, (_, slab) => {
      const values = Int32Array.from(piece(matrix, strip, slab));
      for (let c = 0; c < k; c++) {
        const order = cycles[(slab * k + c - (c % rank)) / rank];
        const [p, q] = [order[c % rank], order[((c % rank) + 1) % rank]];
        for (let row = 0; row < STRIP; row++) values[row * k + c] += (dense[row * rank + p] & 63) - (dense[row * rank + q] & 63);
      }
      return values;
    });
  });
}

/** Section 5: the ticket of a tile in one slab, as a number, from the noised pieces of A and Bt. */
function ticket(a, bt, seedA, rank) {
  const k = a.length / STRIP;
  const accumulators = new Int32Array(STRIP * STRIP);
  const message = new Uint32Array(16);
  for (let g = 0; g < k / rank; g++) {
    let mixed = 0;
    for (let y = 0; y < STRIP; y++) {
      for (let x = 0; x < STRIP; x++) {
        let sum = accumulators[y * STRIP + x];
        for (let c = g * rank; c < (g + 1) * rank; c++) sum += a[y * k + c] * bt[x * k + c];
        accumulators[y * STRIP + x] = sum;
        mixed ^= sum;
      }
    }
    const word = message[g % 16];
    message[g % 16] = ((word << 13) | (word >>> 19)) ^ mixed;
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

/** The ticket of every tile in every slab, by tile in row-major order, then by slab: { i, j, l, ticket }. */
export function* tickets(a, bt, seed, set) {
  const rank = RANK[set];
  const [left, right] = [noised(a, seed.a, rank), noised(bt, seed.b, rank)];
  for (const [i, strip] of left.entries()) {
    for (const [j, other] of right.entries()) {
      for (const [l, values] of strip.entries()) yield { i, j, l, ticket: ticket(values, other[l], seed.a, rank) };
    }
  }
}

/** Section 7: what submit_ticket takes, for tile (i, j) in slab l. */
export function certificate(task, i, j, l, a, bt) {
  const hex = (bytes) => `0x${Buffer.from(bytes).toString('hex')}`;
  const siblings = (matrix, strip) => [...path(levels(pieceLeaves(matrix)[strip]), l), ...path(levels(stripRoots(matrix)), strip)].map(hex);
  return { task, i, j, l, pieceA: hex(piece(a, i, l)), pieceB: hex(piece(bt, j, l)), pathA: siblings(a, i), pathB: siblings(bt, j) };
}
