// Small random matrices of parameter set 0, the same in every run.

import { inSlabs, stripsRoot, upload } from '@bcai/sdk';

const K = 1024;

function random(rows, columns, seed) {
  const data = new Int8Array(rows * columns);
  let state = seed;
  for (let index = 0; index < data.length; index++) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    data[index] = ((state >>> 16) % 129) - 64;
  }
  return inSlabs(0, rows, data);
}

/** A (m x columns) and Bt (n x columns) in slabs, with their roots. */
export function matrices(m, n, seed, columns = K) {
  const [a, bt] = [random(m, columns, seed), random(n, columns, seed + 1)];
  return { m, n, slabs: a.slabs, a, bt, rootA: stripsRoot(a), rootB: stripsRoot(bt) };
}

/** Uploads both to a node. */
export async function uploadBoth(rpc, { a, bt }) {
  for (const [kind, { rows, slabs, data }] of [['a', a], ['b', bt]]) {
    await upload(rpc, { kind, paramSet: 0, rows, slabs }, data);
  }
}
