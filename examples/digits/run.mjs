// The main job, seen by the requester: digits in, recognised digits out, the matrix product computed by the network.

import { product } from '@bcai/sdk';
import { held, multiply, run, say } from './job.mjs';
import { accuracy, activations, classify, loadDigits, loadModel, outputLayer, PARAM_SET } from './model.mjs';

const LEAST_ACCURACY = 0.9;

const percent = (share) => `${(share * 100).toFixed(2)} %`;

run('digits', async (options) => {
  const { images, labels } = loadDigits();
  const model = loadModel();
  const [a, bt] = [activations(model, images), outputLayer(model)];
  say(`${images.length} images -> A ${a.rows} x ${a.slabs * a.k}; weights Bt ${bt.rows} x ${bt.slabs * bt.k} (int8)`);

  const { c, summary } = await multiply(options, PARAM_SET, a, bt);
  // A real requester would not repeat the product: this is the demonstration's check on the network.
  held(Buffer.from(product(a, bt).buffer).equals(Buffer.from(c.buffer)), 'C differs from the product computed here');
  say(`all ${c.length} cells equal the product computed here (the demonstration's own check)`);

  const answers = classify(c, bt.rows, labels.length, model.classes);
  const all = accuracy(answers, labels);
  const heldOut = accuracy(answers, labels, model.trainedOnFirst);
  held(all >= LEAST_ACCURACY, `accuracy ${percent(all)} is below ${percent(LEAST_ACCURACY)}`);
  held(heldOut >= LEAST_ACCURACY, `accuracy on held-out images ${percent(heldOut)} is below ${percent(LEAST_ACCURACY)}`);
  return {
    summary: { ...summary, accuracy: all, accuracyHeldOut: heldOut },
    lines: [
      ['accuracy', `${percent(all)} of ${labels.length.toLocaleString('en')} images`],
      ['held out', `${percent(heldOut)} of the images that training never saw`],
    ],
  };
});
