// Work credit that a chain begins with: there is no other way to have much of it in a short test.

import { readFileSync, writeFileSync } from 'node:fs';
import { toHex } from '@bcai/sdk';
import { blake2AsU8a, xxhashAsU8a } from '@polkadot/util-crypto';

/** `CreditRecord`: halvings since genesis, amount. */
function record(amount) {
  const bytes = Buffer.alloc(20);
  bytes.writeBigUInt64LE(amount, 4);
  return toHex(bytes);
}

const item = (name) => Buffer.concat([xxhashAsU8a('Pouw', 128), xxhashAsU8a(name, 128)]);

/** Gives `count` accounts that nobody has the key of different credit in a raw spec; their public keys. */
export function giveCredit(spec, count) {
  const raw = JSON.parse(readFileSync(spec, 'utf8'));
  const accounts = Array.from({ length: count }, (_, index) => blake2AsU8a(`credit ${index}`, 256));
  const amounts = accounts.map((_, index) => 1_000_000_000n + BigInt(index));
  const { top } = raw.genesis.raw;
  accounts.forEach((account, index) => {
    top[toHex(Buffer.concat([item('WorkCredits'), blake2AsU8a(account, 128), account]))] = record(amounts[index]);
  });
  top[toHex(item('TotalCredit'))] = record(amounts.reduce((sum, each) => sum + each, 0n));
  writeFileSync(spec, JSON.stringify(raw));
  return accounts;
}
