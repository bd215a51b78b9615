// Small random matrices of parameter set 0, the same in every run.

import { stripsRoot, upload } from '@bcai/sdk';

const K = 1024;

function random(rows, seed) {
  const data = new Int8Array(rows * K);
  let state = seed;
  for (let index = 0; index < data.length; index++) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    data[index] = ((state >>> 16) % 129) - 64;
  }
  return { rows, k: K, data };
}

/** A (m x 1024) and Bt (n x 1024) with their roots. */
export function matrices(m, n, seed) {
  const [a, bt] = [random(m, seed), random(n, seed + 1)];
  return { m, n, a, bt, rootA: stripsRoot(a), rootB: stripsRoot(bt) };
}

/** Uploads both to a node. */
export async function uploadBoth(rpc, { a, bt }) {
  for (const [kind, matrix] of [['a', a], ['b', bt]]) {
    await upload(rpc, { kind, paramSet: 0, rows: matrix.rows }, matrix.data);
  }
}
