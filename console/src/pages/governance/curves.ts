// What a referendum must have to pass, as its track's curves say, and what it has. Shares are of one; `x` is the share of the
// decision period that has passed.

/** A curve as the chain encodes it, with shares as numbers. */
export type Curve =
  | { kind: 'linear'; length: number; floor: number; ceil: number }
  | { kind: 'stepped'; begin: number; end: number; step: number; period: number }
  | { kind: 'reciprocal'; factor: number; xOffset: number; yOffset: number };

const clamp = (value: number, least = 0, most = 1): number => Math.min(most, Math.max(least, value));

export function threshold(curve: Curve, x: number): number {
  switch (curve.kind) {
    case 'linear':
      return curve.ceil - (Math.min(x, curve.length) / curve.length) * (curve.ceil - curve.floor);
    case 'stepped':
      return clamp(curve.begin - curve.step * Math.floor(x / curve.period), curve.end, curve.begin);
    case 'reciprocal':
      return clamp(curve.factor / (x + curve.xOffset) + curve.yOffset);
  }
}

const BILLION = 1e9;

/** From a Curve of pallet-referenda: parts of a billion, and fixed-point numbers of the same. */
export function curveOf(codec: any): Curve {
  const share = (value: any) => Number(value) / BILLION;
  if (codec.isLinearDecreasing) {
    const { length, floor, ceil } = codec.asLinearDecreasing;
    return { kind: 'linear', length: share(length), floor: share(floor), ceil: share(ceil) };
  }
  if (codec.isSteppedDecreasing) {
    const { begin, end, step, period } = codec.asSteppedDecreasing;
    return { kind: 'stepped', begin: share(begin), end: share(end), step: share(step), period: share(period) };
  }
  const { factor, xOffset, yOffset } = codec.asReciprocal;
  return { kind: 'reciprocal', factor: share(factor), xOffset: share(xOffset), yOffset: share(yOffset) };
}

export interface Tally {
  /** By conviction. */
  ayes: bigint;
  nays: bigint;
  /** Of tokens that vote aye or abstain, without conviction. */
  support: bigint;
}

/** A share of two amounts that no number holds. */
export const shareOf = (part: bigint, whole: bigint): number => (whole === 0n ? 0 : Number((part * 1_000_000_000n) / whole) / BILLION);

/** The ayes' share of what was voted; nothing voted is no approval. */
export const approvalOf = ({ ayes, nays }: Tally): number => shareOf(ayes, ayes + nays);

export const supportOf = ({ support }: Tally, electorate: bigint): number => clamp(shareOf(support, electorate));
