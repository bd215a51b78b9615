// One layer with as many inputs as those of large language models have, and a batch of activations: integers of a fixed seed, so every
// machine computes the same bytes.

import { inSlabs } from '@bcai/sdk';
import { xorshift32 } from '../digits/model.mjs';

/** The parameter set of live chains. */
export const PARAM_SET = 1;

/** Rows of A: positions whose activations enter the layer together. */
export const POSITIONS = 256;
/** Inputs of the layer: not a multiple of the 4,096 columns of a slab. */
export const INPUTS = 14_336;
/** Outputs of the layer that are computed here; an eighth of the 4,096 that such a layer has, so that the upload is short. */
export const OUTPUTS = 512;

const STRIP = 8; // rows of A and columns of C come in strips of eight
const SEEDS = { activations: 0x61637473, weights: 0x77676874 };

function filled(length, seed, value) {
  const next = xorshift32(seed);
  const data = new Int8Array(length);
  for (let index = 0; index < length; index++) data[index] = value(next());
  return data;
}

/** POSITIONS x INPUTS in [-56, 64], each a product of two small numbers, as after a gate: many near zero, few large. */
const activations = () => filled(POSITIONS * INPUTS, SEEDS.activations, (u) => (((u >>> 8) & 15) - 8) * (((u >>> 12) & 15) - 8));

/** OUTPUTS x INPUTS in [-62, 62], each a sum of four numbers: bell-shaped, as trained weights are. */
const weights = () =>
  filled(OUTPUTS * INPUTS, SEEDS.weights, (u) => ((u >>> 8) & 31) + ((u >>> 13) & 31) + ((u >>> 18) & 31) + ((u >>> 23) & 31) - 62);

/** The layer's own matrices, INPUTS wide, and A and Bt as the chain takes them, padded with zeros to whole slabs. */
export function makeLayer() {
  const layer = { activations: activations(), weights: weights() };
  return { layer, a: inSlabs(PARAM_SET, POSITIONS, layer.activations), bt: inSlabs(PARAM_SET, OUTPUTS, layer.weights) };
}

/** The rows of C that are checked: one of each strip, another one in each, so that every tile of C has cells among them. */
export const CHECKED_ROWS = Array.from({ length: POSITIONS / STRIP }, (_, strip) => strip * STRIP + (strip % STRIP));

/** The outputs at one position, computed here over the layer's own inputs, without what was padded. */
export function outputsAt({ activations, weights }, position) {
  return Int32Array.from({ length: OUTPUTS }, (_, output) => {
    let sum = 0;
    for (let input = 0, x = position * INPUTS, y = output * INPUTS; input < INPUTS; input++, x++, y++) {
      sum = (sum + Math.imul(activations[x], weights[y])) | 0;
    }
    return sum;
  });
}

/** The first cell of the checked rows of C that isn't what the layer gives: { row, column, is, expected }; null where all are right. */
export function wrongCell(layer, c) {
  for (const row of CHECKED_ROWS) {
    const expected = outputsAt(layer, row);
    const column = expected.findIndex((value, index) => c[row * OUTPUTS + index] !== value);
    if (column >= 0) return { row, column, is: c[row * OUTPUTS + column], expected: expected[column] };
  }
  return null;
}
