// What a call does in the end, through every call inside of it, and what that means for a runtime.

import { GenericCall } from '@polkadot/types';
import { blake2AsHex } from '@polkadot/util-crypto';
import { originOf } from './shown.mjs';

const ROOT = 'Root';
const CODE_KEY = '0x3a636f6465';

/** Calls that make the ones inside of them as who calls them. */
const AS_THE_SAME = new Set(['utility.batch', 'utility.batchAll', 'utility.forceBatch', 'utility.withWeight']);
/** Calls that make the ones inside of them as an account, which sets no code. */
const AS_AN_ACCOUNT = new Set(['utility.asDerivative', 'proxy.proxy', 'proxy.proxyAnnounced', 'multisig.asMultiThreshold1', 'multisig.asMulti']);

/**
 * One call that has no other inside of it: who makes it, the hash of the code that it sets or authorises if it does, and why it isn't certain
 * what it does, or whether it is made.
 *
 * @typedef {{ name: string, as: string, code?: string, doubts: string[] }} Effect
 */

/**
 * @param {any} call
 * @param {string} as the origin, as {@link originOf} names it
 * @param {{ preimage: (hash: string, length: number) => Promise<any>, whitelisted: (hash: string) => Promise<boolean> }} chain
 * gives calls by their hash, nothing where it hasn't the bytes, and whether the committee has whitelisted a call
 * @param {string[]} [doubts] of what is around the call
 * @returns {Promise<Effect[]>}
 */
export async function effects(call, as, chain, doubts = []) {
  const name = `${call.section}.${call.method}`;
  const inside = callsIn([...call.args]);
  const all = async (origin, ...more) => (await Promise.all(inside.map((each) => effects(each, origin, chain, [...doubts, ...more])))).flat();
  const effect = (...more) => ({ name, as, doubts: [...doubts, ...more] });

  if (AS_THE_SAME.has(name)) return all(as);
  if (AS_AN_ACCOUNT.has(name)) return all(`an account, by ${name},`);
  switch (name) {
    case 'utility.ifElse':
      return all(as, 'utility.ifElse makes one of two calls');
    case 'utility.dispatchAs':
    case 'utility.dispatchAsFallible':
      return all(as === ROOT ? originOf(call.args[0]) : as);
    case 'scheduler.schedule':
    case 'scheduler.scheduleAfter':
    case 'scheduler.scheduleNamed':
    case 'scheduler.scheduleNamedAfter':
      return all(as, `${name} makes its call in a later block, if at all`);
    case 'whitelist.dispatchWhitelistedCall':
    case 'whitelist.dispatchWhitelistedCallWithPreimage':
      return whitelisted();
    case 'system.authorizeUpgrade':
    case 'system.authorizeUpgradeWithoutChecks':
      return [{ ...effect(), code: call.args[0].toHex() }];
    case 'system.setCode':
    case 'system.setCodeWithoutChecks':
      return [{ ...effect(), code: blake2AsHex(call.args[0].toU8a(true)) }];
    case 'system.applyAuthorizedUpgrade':
      // Anybody may.
      return [{ ...effect(`${name} does something only where this code was authorised before`), as: ROOT, code: blake2AsHex(call.args[0].toU8a(true)) }];
    case 'system.setStorage':
    case 'system.killStorage':
    case 'system.killPrefix':
      return raw();
    default:
      return inside.length > 0 ? all(as, `whether ${name} makes its call, and as whom`) : [effect()];
  }

  async function whitelisted() {
    const known = name === 'whitelist.dispatchWhitelistedCall' ? await chain.preimage(call.args[0].toHex(), call.args[1].toNumber()) : inside[0];
    const hash = known ? blake2AsHex(known.toU8a()) : call.args[0].toHex();
    if (!known) return [effect(`the call ${hash} isn't on the chain`)];
    const missing = (await chain.whitelisted(hash)) ? [] : [`the committee has not whitelisted the call ${hash}, without which nothing of it happens`];
    return effects(known, as === 'Origins.WhitelistedCaller' ? ROOT : as, chain, [...doubts, ...missing]);
  }

  function raw() {
    const written = name === 'system.setStorage' ? [...call.args[0]].filter(([key]) => key.toHex() === CODE_KEY) : [];
    const doubt = effect(`${name} changes storage without a rule, which can be anything`);
    return written.length === 0 ? [doubt] : written.map(([, value]) => ({ ...doubt, code: blake2AsHex(value.toU8a(true)) }));
  }
}

/** The calls that a value has, wherever it has them. */
function callsIn(value) {
  if (value instanceof GenericCall) return [value];
  if (Array.isArray(value)) return value.flatMap(callsIn);
  if (value instanceof Map) return [...value.values()].flatMap(callsIn);
  // An option or a variant.
  return value?.value && value.value !== value ? callsIn(value.value) : [];
}

/**
 * What the effects of a referendum mean for the runtime with this hash. AGREES says nothing about whether it runs.
 *
 * @param {Effect[]} effects
 * @param {string} hash
 * @returns {{ verdict: 'AGREES' | 'DIFFERS' | 'UNKNOWN' | 'NO UPGRADE', reason: string }}
 */
export function judged(effects, hash) {
  const setting = effects.filter(({ code }) => code !== undefined);
  const other = setting.find(({ code }) => code !== hash);
  if (other) return { verdict: 'DIFFERS', reason: `the hash of this runtime is ${hash}, that of ${other.name} ${other.code}: they are not the same runtime` };
  const refused = setting.find(({ as }) => as !== ROOT);
  if (refused && refused.doubts.length === 0) return { verdict: 'DIFFERS', reason: `${refused.name} as ${refused.as} is refused: only root sets code` };
  const [doubt] = effects.flatMap(({ doubts }) => doubts);
  if (doubt) return { verdict: 'UNKNOWN', reason: doubt };
  if (setting.length === 0) return { verdict: 'NO UPGRADE', reason: 'nothing in the call above sets code' };
  const more = effects.filter(({ code }) => code === undefined).map(({ name }) => name);
  if (more.length > 0) return { verdict: 'UNKNOWN', reason: `it authorises this very runtime, and does more, which is for you to judge: ${more.join(', ')}` };
  return { verdict: 'AGREES', reason: 'the referendum upgrades to this very runtime' };
}
