// Approval and support of a referendum against its track's curves, over the decision period.

import { percent } from '../../ui/format.ts';
import { threshold, type Curve } from './curves.ts';
import type { Standing } from './standing.ts';
import type { Track } from './tracks.ts';

const [WIDTH, HEIGHT, POINTS] = [420, 160, 64];
const MARGIN = { left: 40, right: 8, top: 8, bottom: 20 };

export function Picture({ standing, track }: { standing: Standing; track: Track }) {
  return (
    <div class="columns">
      <Chart name="Approval" about="the ayes' share of all votes, by conviction" curve={track.approval} share={standing.approval} needed={standing.approvalNeeded} x={standing.x} />
      <Chart name="Support" about="active tokens that vote aye or abstain" curve={track.support} share={standing.support} needed={standing.supportNeeded} x={standing.x} />
    </div>
  );
}

function Chart({ name, about, curve, share, needed, x }: { name: string; about: string; curve: Curve; share: number; needed: number; x: number }) {
  // Support is small on most chains: the picture ends a little above the highest of both.
  const top = Math.min(1, Math.max(threshold(curve, 0), share, 0.05) * 1.1);
  const left = (at: number) => MARGIN.left + at * (WIDTH - MARGIN.left - MARGIN.right);
  const height = (value: number) => MARGIN.top + (1 - Math.min(value, top) / top) * (HEIGHT - MARGIN.top - MARGIN.bottom);
  const points = Array.from({ length: POINTS + 1 }, (_, index) => index / POINTS).map((at) => `${left(at).toFixed(1)},${height(threshold(curve, at)).toFixed(1)}`);
  const enough = share >= needed;
  const label = `${name}: ${percent(share)}; ${percent(needed)} needed now, ${percent(threshold(curve, 1))} at the end of the decision.`;
  return (
    <figure class={`curve ${enough ? 'good' : 'warn'}`}>
      <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} role="img" aria-label={label}>
        <polygon class="above" points={`${points.join(' ')} ${left(1)},${height(top)} ${left(0)},${height(top)}`} />
        <line class="axis" x1={left(0)} x2={left(1)} y1={height(0)} y2={height(0)} />
        <polyline class="threshold" points={points.join(' ')} />
        <line class="now" x1={left(x)} x2={left(x)} y1={height(top)} y2={height(0)} />
        <line class="has" x1={left(0)} x2={left(1)} y1={height(share)} y2={height(share)} />
        <circle class="has" cx={left(x)} cy={height(share)} r="4.5" />
        <text x={MARGIN.left - 5} y={height(top) + 4} text-anchor="end">{percent(Number(top.toFixed(2)))}</text>
        <text x={MARGIN.left - 5} y={height(0)} text-anchor="end">0 %</text>
        <text x={left(0)} y={HEIGHT - 5}>decision begins</text>
        <text x={left(1)} y={HEIGHT - 5} text-anchor="end">ends</text>
      </svg>
      <figcaption><strong>{name} {percent(share)}</strong>, {percent(needed)} needed now: {about}.</figcaption>
    </figure>
  );
}
