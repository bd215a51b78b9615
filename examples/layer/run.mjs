// A layer of 14,336 inputs, computed by the network as one task.

import { held, multiply, run, say } from '../digits/job.mjs';
import { CHECKED_ROWS, INPUTS, makeLayer, OUTPUTS, PARAM_SET, POSITIONS, wrongCell } from './model.mjs';

run('layer', async (options) => {
  const { layer, a, bt } = makeLayer();
  const inner = a.slabs * a.k;
  say(`${POSITIONS} positions x ${INPUTS} inputs, ${OUTPUTS} outputs: padded to ${inner} columns, ${a.slabs} slabs of ${a.k}`);

  const { c, summary } = await multiply(options, PARAM_SET, a, bt);
  held(c.length === POSITIONS * OUTPUTS, `C has ${c.length} cells instead of ${POSITIONS * OUTPUTS}`);
  const wrong = wrongCell(layer, c);
  held(wrong === null, `C differs from the layer computed here: ${JSON.stringify(wrong)}`);
  const compared = CHECKED_ROWS.length * OUTPUTS;
  say(`${compared} of ${c.length} cells, some of every tile, equal the layer computed here (a sample: all would take long in JavaScript)`);

  const macs = POSITIONS * OUTPUTS * inner;
  return {
    summary: { ...summary, macs, compared },
    lines: [['work', `${macs} multiply-accumulates, the padding included`], ['compared', `${compared} cells of ${c.length}`]],
  };
});
