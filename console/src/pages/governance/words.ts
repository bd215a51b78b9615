// What a proposal would do, in words.

import { isCall, type Call, type Plain } from '../../chain/plain.ts';
import { short } from '../../ui/format.ts';

/** How amounts, accounts and hashes are written where they are shown. */
export interface Voice {
  amount(value: bigint): string;
  account(address: string): string;
  hash(value: string): string;
}

/** One line; calls inside of a call are told as well. */
export function inWords(call: Call, voice: Voice): string {
  const known = SENTENCES[call.name];
  try {
    const sentence = known?.(call.args, voice);
    if (sentence) return sentence;
  } catch {
    // Another runtime's call of the same name takes other arguments.
  }
  const args = Object.entries(call.args).map(([name, value]) => `${name}: ${valueInWords(value, voice)}`);
  return `${call.name}(${args.join(', ')})`;
}

/** A value in one line. */
export function valueInWords(value: Plain, voice: Voice): string {
  if (value === null) return 'nothing';
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  if (typeof value === 'bigint') return value.toLocaleString('en');
  if (typeof value === 'string') return text(value) ?? short(value, 10);
  if (isCall(value)) return inWords(value, voice);
  if (Array.isArray(value)) return `[${value.map((each) => valueInWords(each, voice)).join(', ')}]`;
  return Object.entries(value).map(([name, inner]) => `${name} ${valueInWords(inner, voice)}`).join(', ');
}

/** Bytes that are readable text, in quotes. */
function text(hex: string): string | undefined {
  if (!/^0x([0-9a-f]{2})+$/.test(hex)) return undefined;
  const bytes = Uint8Array.from(hex.slice(2).match(/../g) as string[], (pair) => parseInt(pair, 16));
  if (bytes.some((byte) => byte < 32 || byte === 127)) return undefined;
  try {
    return `“${new TextDecoder('utf-8', { fatal: true }).decode(bytes)}”`;
  } catch {
    return undefined;
  }
}

type Args = Record<string, any>;

const list = (calls: Plain, voice: Voice): string => (calls as Call[]).map((call, index) => `${index + 1}. ${inWords(call, voice)}`).join('; ');

/** As root, or as the pallet's origin of this name. */
export const speaker = (origin: Plain): string => {
  if (typeof origin === 'string') return origin;
  const [inner] = Object.values(origin as Record<string, Plain>);
  return typeof inner === 'string' ? inner : Object.values((inner ?? {}) as Record<string, Plain>).join(' ') || Object.keys(origin as object)[0];
};

/** The one entry of an enum's value: its name and what it holds. */
function variant(value: Plain): [string, Plain] {
  if (typeof value === 'string') return [value, null];
  const [entry] = Object.entries(value as Record<string, Plain>);
  return entry;
}

/** By name of the call, with the arguments' names as the library gives them. tests/e2e/console holds them against the runtime. */
export const SENTENCES: Record<string, (args: Args, voice: Voice) => string | undefined> = {
  'system.remark': ({ remark }) => `Say ${text(remark) ?? short(remark, 10)}, which changes nothing`,
  'system.remarkWithEvent': ({ remark }) => `Say ${text(remark) ?? short(remark, 10)} with an event, which changes nothing else`,
  'system.authorizeUpgrade': ({ codeHash }, voice) => `Let anybody put the runtime in force whose code has the hash ${voice.hash(codeHash)}`,
  'system.authorizeUpgradeWithoutChecks': ({ codeHash }, voice) => `Let anybody put the code with the hash ${voice.hash(codeHash)} in force, whatever its name and version`,
  'system.setCode': () => 'Put the runtime in force that the proposal itself carries',
  'parameters.setParameter': ({ keyValue: value }, voice) => {
    const [subsystem, parameter] = variant(value);
    const [name, pair] = variant(parameter);
    const [, next] = pair as [Plain, Plain];
    const full = `${subsystem[0].toLowerCase()}${subsystem.slice(1)}.${name}`;
    if (next === null) return `Set ${full} back to its default`;
    // What is as large as this is an amount.
    const shown = typeof next === 'bigint' && next >= 1_000_000_000n ? `${voice.amount(next)} (${next.toLocaleString('en')})` : valueInWords(next, voice);
    return `Set ${full} to ${shown}`;
  },
  'treasury.spend': ({ amount, beneficiary, validFrom: from }, voice) =>
    `Pay ${voice.amount(amount)} from the treasury to ${voice.account(beneficiary)}${from === null ? '' : `, from block ${from} on`}`,
  'treasury.spendLocal': ({ amount, beneficiary }, voice) => `Pay ${voice.amount(amount)} from the treasury to ${voice.account(beneficiary)}`,
  'treasury.voidSpend': ({ index }) => `Take back the treasury's spend ${index}`,
  'balances.transferKeepAlive': ({ dest, value }, voice) => `Transfer ${voice.amount(value)} to ${voice.account(dest)}`,
  'balances.forceTransfer': ({ source, dest, value }, voice) => `Transfer ${voice.amount(value)} from ${voice.account(source)} to ${voice.account(dest)}, whose consent is not asked`,
  'technicalCommittee.setMembers': ({ newMembers: members }, voice) =>
    `Make the technical committee of ${members.length}: ${members.map((member: string) => voice.account(member)).join(', ')}`,
  'whitelist.whitelistCall': ({ callHash }, voice) => `Whitelist the call with the hash ${voice.hash(callHash)}`,
  'whitelist.dispatchWhitelistedCall': ({ callHash }, voice) => `As root, make the whitelisted call with the hash ${voice.hash(callHash)}`,
  'whitelist.dispatchWhitelistedCallWithPreimage': ({ call }, voice) => `As root, make this call if the committee has whitelisted it: ${inWords(call, voice)}`,
  'referenda.cancel': ({ index }) => `End referendum ${index}; its deposits come back`,
  'referenda.kill': ({ index }) => `End referendum ${index}; its deposits go to the treasury`,
  'safeMode.forceEnter': () => 'Turn the safe mode on',
  'safeMode.forceExit': () => 'Turn the safe mode off',
  'utility.batch': ({ calls }, voice) => `Until one fails: ${list(calls, voice)}`,
  'utility.batchAll': ({ calls }, voice) => `All or nothing: ${list(calls, voice)}`,
  'utility.forceBatch': ({ calls }, voice) => `Each, whether others fail or not: ${list(calls, voice)}`,
  'utility.dispatchAs': ({ asOrigin: origin, call }, voice) => `As ${speaker(origin)}: ${inWords(call, voice)}`,
};
