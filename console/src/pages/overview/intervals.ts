// The pace of a chain.

export interface Interval {
  /** The block at whose end it stands. */
  number: number;
  milliseconds: number;
}

/** Times between blocks that follow each other, the oldest first; the genesis has no time. */
export function intervals(newestFirst: { number: number; time: number }[]): Interval[] {
  const found: Interval[] = [];
  for (let index = newestFirst.length - 1; index > 0; index--) {
    const [before, after] = [newestFirst[index], newestFirst[index - 1]];
    if (after.number === before.number + 1 && before.time > 0) found.push({ number: after.number, milliseconds: after.time - before.time });
  }
  return found;
}

export const mean = (all: Interval[]): number | undefined =>
  all.length === 0 ? undefined : all.reduce((sum, { milliseconds }) => sum + milliseconds, 0) / all.length;
