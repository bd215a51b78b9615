// The digits and the quantised model: integers only, so every machine computes the same bytes.

import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { inSlabs } from '@bcai/sdk';

/** Small matrices: those of a live chain would be mostly padding. */
export const PARAM_SET = 0;
const STRIP = 8; // rows of A and columns of C come in strips of eight

const read = (name) => readFileSync(new URL(name, import.meta.url));

/** The images (64 pixels of 0..16 each) and their labels. */
export function loadDigits() {
  const lines = gunzipSync(read('data/digits.csv.gz')).toString('ascii').trim().split('\n');
  const rows = lines.map((line) => line.split(',').map(Number));
  return { images: rows.map((row) => row.slice(0, 64)), labels: rows.map((row) => row[64]) };
}

/** The model as train.py wrote it. */
export function loadModel() {
  return JSON.parse(read('model.json'));
}

/** Numbers from 1 to 2^32 - 1, the same for the same seed, one with every call. */
export function xorshift32(seed) {
  let state = seed >>> 0;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state >>> 0;
  };
}

/** A: one row of `hidden` int8 activations in [0, 64] per image, padded with zero rows to whole strips. */
export function activations(model, images) {
  const { pixels, hidden } = model;
  const { seed, weightSpan, shift, top } = model.hiddenLayer;
  const rows = Math.ceil(images.length / STRIP) * STRIP;
  const data = new Int8Array(rows * hidden);
  const next = xorshift32(seed);
  const draw = (span) => (next() >>> 8) % span;
  const weights = new Int32Array(pixels);
  for (let unit = 0; unit < hidden; unit++) {
    for (let pixel = 0; pixel < pixels; pixel++) weights[pixel] = draw(weightSpan) - (weightSpan >> 1);
    const threshold = draw(512) - 256;
    for (let row = 0; row < images.length; row++) {
      let sum = -threshold;
      for (let pixel = 0; pixel < pixels; pixel++) sum += images[row][pixel] * weights[pixel];
      data[row * hidden + unit] = Math.min(Math.max(sum >> shift, 0), top);
    }
  }
  return inSlabs(PARAM_SET, rows, data);
}

/** Bt: the output layer, one row of int8 weights in [-64, 64] per class, and zero rows up to a whole strip. */
export function outputLayer(model) {
  const bytes = Buffer.from(model.outputLayerInt8Base64, 'base64');
  return inSlabs(PARAM_SET, model.outputRows, new Int8Array(bytes));
}

/** The class with the highest score in each of the first `rows` rows of C (`columns` wide). */
export function classify(c, columns, rows, classes) {
  return Array.from({ length: rows }, (_, row) => {
    let best = 0;
    for (let column = 1; column < classes; column++) {
      if (c[row * columns + column] > c[row * columns + best]) best = column;
    }
    return best;
  });
}

/** The share of right answers, from image `first` on. */
export function accuracy(answers, labels, first = 0) {
  let right = 0;
  for (let index = first; index < labels.length; index++) right += answers[index] === labels[index];
  return right / (labels.length - first);
}
