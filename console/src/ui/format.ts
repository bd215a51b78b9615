// Numbers as people read them.

const grouped = new Intl.NumberFormat('en');

export const count = (value: number | bigint): string => grouped.format(value);

/** An amount of the smallest unit, with at most `places` digits behind the point; what is cut off is not rounded up. */
export function amount(value: bigint, decimals: number, places = 4): string {
  const one = 10n ** BigInt(decimals);
  const magnitude = value < 0n ? -value : value;
  const fraction = (magnitude % one).toString().padStart(decimals, '0').slice(0, decimals === 0 ? 0 : places).replace(/0+$/, '');
  const whole = `${value < 0n ? '-' : ''}${grouped.format(magnitude / one)}${fraction ? `.${fraction}` : ''}`;
  // Something is never shown as nothing.
  return magnitude > 0n && /^-?0$/.test(whole) ? `< 0.${'0'.repeat(places - 1)}1` : whole;
}

/** The smallest units of an amount that somebody typed; Errors: what is wrong with it. */
export function parseAmount(text: string, decimals: number): bigint {
  const cleaned = text.trim().replaceAll(',', '');
  if (!/^\d+(\.\d+)?$/.test(cleaned)) throw new Error(`'${text}' is no amount; it would be like 12.5`);
  const [whole, fraction = ''] = cleaned.split('.');
  if (fraction.length > decimals) throw new Error(`'${text}' has more than ${decimals} digits behind the point`);
  return BigInt(whole + fraction.padEnd(decimals, '0'));
}

const STEPS: [string, number][] = [['d', 86_400], ['h', 3_600], ['min', 60], ['s', 1]];

/** A time span in its two largest units: "2 d 3 h", "45 s". */
export function span(milliseconds: number): string {
  const seconds = Math.max(0, Math.round(milliseconds / 1_000));
  const first = STEPS.findIndex(([, size]) => seconds >= size);
  if (first < 0) return '0 s';
  const [unit, size] = STEPS[first];
  const whole = Math.floor(seconds / size);
  const next = STEPS[first + 1];
  const rest = next ? Math.floor((seconds % size) / next[1]) : 0;
  return rest ? `${whole} ${unit} ${rest} ${next[0]}` : `${whole} ${unit}`;
}

/** So many blocks, as the time that they take. */
export const blocksSpan = (blocks: number, blockTime: number): string => span(blocks * blockTime);

/** A share of one, in percent; small ones keep a digit that says something. */
export function percent(share: number): string {
  const value = share * 100;
  if (value > 0 && value < 0.01) return '< 0.01 %';
  return `${Number(value.toFixed(value < 10 ? 2 : 1))} %`;
}

const PREFIXES = ['', 'k', 'M', 'G', 'T', 'P', 'E'];

/** Three digits and a prefix: "12.3 G". */
export function scaled(value: number | bigint): string {
  let rest = Number(value);
  let step = 0;
  while (rest >= 999.5 && step < PREFIXES.length - 1) {
    rest /= 1_000;
    step++;
  }
  return `${Number(rest.toPrecision(3))}${step ? ` ${PREFIXES[step]}` : ''}`;
}

/** The two ends of an address or a hash. */
export const short = (text: string, ends = 6): string => (text.length <= 2 * ends + 1 ? text : `${text.slice(0, ends)}…${text.slice(-ends)}`);
