// Steps through a list that is shown from the newest on, so many at a time.

import { count } from './format.ts';

/** What is shown are the numbers `from`..`to` (without `to`) of `next`; `before` is the `to` that is wanted, undefined for the newest. */
export interface Shown {
  from: number;
  to: number;
  next: number;
}

export function shown(next: number, size: number, before?: number): Shown {
  const to = Math.min(before ?? next, next);
  return { from: Math.max(0, to - size), to, next };
}

/** The numbers that are shown, the newest first. */
export const numbers = ({ from, to }: Shown): number[] => Array.from({ length: to - from }, (_, index) => to - 1 - index);

export function Pager({ of: { from, to, next }, size, go }: { of: Shown; size: number; go: (before?: number) => void }) {
  if (from === 0 && to === next) return null;
  return (
    <p class="row">
      <button type="button" class="quiet" disabled={to >= next} onClick={() => go(to + size >= next ? undefined : to + size)}>Newer</button>
      <button type="button" class="quiet" disabled={from === 0} onClick={() => go(from)}>Older</button>
      <span class="note">{count(from)} to {count(to - 1)} of {count(next)}</span>
    </p>
  );
}
