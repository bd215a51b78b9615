// Votes in words.

import type { Plain } from '../../chain/plain.ts';
import type { Voice } from './words.ts';

type Fields = Record<string, any>;

/** The first bit of a vote's byte is aye, the others are the conviction. */
function standard(vote: any): { aye: boolean; power: number } {
  const byte = typeof vote === 'string' ? parseInt(vote, 16) : Number(vote);
  return { aye: (byte & 0x80) !== 0, power: byte & 0x7f };
}

/** What an account has voted, of an AccountVote or of a delegation. */
export function inVoteWords(vote: Plain, voice: Voice): string {
  const [[kind, fields]] = Object.entries(vote as Record<string, Fields>);
  switch (kind) {
    case 'delegated':
      return `This account has delegated its votes on this track to ${voice.account(fields.target)}.`;
    case 'Standard': {
      const { aye, power } = standard(fields.vote);
      return `This account votes ${aye ? 'aye' : 'nay'} with ${voice.amount(fields.balance)}, which count ${power === 0 ? '0.1' : power} each.`;
    }
    case 'Split':
      return `This account votes with ${voice.amount(fields.aye)} for aye and ${voice.amount(fields.nay)} for nay, which count 0.1 each.`;
    default:
      return `This account votes with ${voice.amount(fields.aye)} for aye, ${voice.amount(fields.nay)} for nay, and abstains with ${voice.amount(fields.abstain)}.`;
  }
}
