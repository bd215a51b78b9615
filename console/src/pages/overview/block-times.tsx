// Times between blocks as bars, with a line at what they are meant to be.

import { count } from '../../ui/format.ts';
import { Empty } from '../../ui/parts.tsx';
import type { Interval } from './intervals.ts';

const [WIDTH, HEIGHT, PLACES] = [600, 64, 60];

export function BlockTimes({ intervals, expected }: { intervals: Interval[]; expected: number }) {
  if (intervals.length === 0) return <Empty>No two blocks are known yet.</Empty>;
  const shown = intervals.slice(-PLACES);
  const longest = Math.max(...shown.map(({ milliseconds }) => milliseconds));
  const top = Math.max(longest, 2 * expected);
  const step = WIDTH / PLACES;
  const y = (milliseconds: number) => HEIGHT - (milliseconds / top) * HEIGHT;
  const label = `Of the last ${shown.length} blocks the slowest took ${(longest / 1_000).toFixed(1)} s; ${expected / 1_000} s are meant.`;
  return (
    <figure class="block-times">
      <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" role="img" aria-label={label}>
        {shown.map(({ number, milliseconds }, index) => (
          <rect
            key={number}
            class={milliseconds > 2.5 * expected ? 'late' : 'usual'}
            x={(PLACES - shown.length + index) * step + 1}
            width={step - 2}
            y={y(milliseconds)}
            height={Math.max(1, HEIGHT - y(milliseconds))}
          >
            <title>{`#${count(number)}: ${(milliseconds / 1_000).toFixed(1)} s`}</title>
          </rect>
        ))}
        <line x1="0" x2={WIDTH} y1={y(expected)} y2={y(expected)} class="expected" />
      </svg>
      <figcaption>{label}</figcaption>
    </figure>
  );
}
