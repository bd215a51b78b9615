// Submits a call of up to 128 bytes as a referendum.

import { useState } from 'preact/hooks';
import type { Happening } from '../../chain/blocks.ts';
import { plain, type Call } from '../../chain/plain.ts';
import { oneLine, useAtHead, useChain } from '../../chain/state.ts';
import { blocksSpan, count } from '../../ui/format.ts';
import { Card, Empty, Problem } from '../../ui/parts.tsx';
import { Act, Signer } from '../../ui/signing.tsx';
import { Amount } from '../../ui/values.tsx';
import { argumentsOf, callsOf, palletsOf, type Argument } from './builder.ts';
import { originOf, titleOf, tracksOf } from './tracks.ts';
import { useVoice } from './voice.ts';
import { inWords } from './words.ts';

/** What a proposal may have without a preimage. */
const INLINE = 128;

export function Propose() {
  const chain = useChain();
  const { api, blockTime } = chain;
  const voice = useVoice(true);
  const { value: tracks, error } = useAtHead(async ({ consts }) => tracksOf(consts));
  const [trackId, setTrackId] = useState<number>();
  const [pallet, setPallet] = useState('system');
  const [method, setMethod] = useState('remark');
  const [values, setValues] = useState<Record<string, string>>({});
  const [encoded, setEncoded] = useState<string>();
  const track = tracks?.find(({ id }) => id === trackId) ?? tracks?.[0];
  const made = encoded === undefined ? build(chain, pallet, method, values) : decode(chain, encoded);
  const deposit = api.consts.referenda.submissionDeposit as any;

  const submitted = (events: Happening[]) => {
    const event = events.find(({ section, method: name }) => section === 'referenda' && name === 'Submitted');
    if (event) location.hash = `#/governance/${event.data.index}`;
  };
  const choose = (nextPallet: string, nextMethod?: string) => {
    setPallet(nextPallet);
    setMethod(nextMethod ?? callsOf(api, nextPallet)[0]);
    setValues({});
  };

  if (!tracks) return <Problem error={error} />;
  if (!track) return <Empty>This chain has no tracks to propose on.</Empty>;
  return (
    <Card title="Propose" aside={<>takes a submission deposit of <Amount of={deposit.toBigInt()} /></>}>
      <div class="stack">
        <Signer />
        <div>
          <label for="track">Track</label>
          <select id="track" value={String(track.id)} onChange={(event) => setTrackId(Number(event.currentTarget.value))}>
            {tracks.map(({ id, name }) => <option value={String(id)}>{titleOf(name)}</option>)}
          </select>
          <p class="note">
            It speaks as {Object.values(originOf(track))[0]}, is decided within {blocksSpan(track.decision, blockTime)}, and wants a decision deposit of <Amount of={track.decisionDeposit} />.
          </p>
        </div>
        <fieldset>
          <legend>The call</legend>
          <label class="inline choice"><input type="radio" name="form" checked={encoded === undefined} onChange={() => setEncoded(undefined)} /> chosen here</label>
          <label class="inline choice"><input type="radio" name="form" checked={encoded !== undefined} onChange={() => setEncoded('')} /> encoded elsewhere</label>
          {encoded === undefined ? (
            <>
              <div class="fields">
                <div>
                  <label for="pallet">Pallet</label>
                  <select id="pallet" value={pallet} onChange={(event) => choose(event.currentTarget.value)}>{palletsOf(api).map((name) => <option>{name}</option>)}</select>
                </div>
                <div>
                  <label for="method">Call</label>
                  <select id="method" value={method} onChange={(event) => choose(pallet, event.currentTarget.value)}>{callsOf(api, pallet).map((name) => <option>{name}</option>)}</select>
                </div>
              </div>
              {argumentsOf(api, pallet, method).map((argument) => (
                <div key={`${pallet} ${method} ${argument.name}`}>
                  <label for={`argument-${argument.name}`}>{argument.name} <span class="muted">{argument.type}</span></label>
                  <input id={`argument-${argument.name}`} value={textOf(argument, values)} onInput={(event) => setValues({ ...values, [argument.name]: event.currentTarget.value })} spellcheck={false} autocomplete="off" />
                </div>
              ))}
              <p class="note">Text, a number, an address, bytes as 0x…, or JSON for what has parts.</p>
            </>
          ) : (
            <div>
              <label for="encoded">Bytes of the call</label>
              <textarea id="encoded" class="mono" value={encoded} placeholder="0x…" spellcheck={false} onInput={(event) => setEncoded(event.currentTarget.value)} />
            </div>
          )}
        </fieldset>
        {made.problem && <p class="note" data-testid="call-problem">{made.problem}</p>}
        {made.call && (
          <p class="said">
            {inWords(made.call.words, voice)}
            <span class="note"> ({count(made.call.bytes.length)} of {INLINE} bytes)</span>
          </p>
        )}
        <Act
          label="Submit the proposal"
          disabled={!made.call}
          call={() => api.tx.referenda.submit(originOf(track), { Inline: made.call?.hex }, { After: 0 })}
          done={submitted}
        />
      </div>
    </Card>
  );
}

interface Made {
  call?: { words: Call; bytes: Uint8Array; hex: string };
  problem?: string;
}

type Chain = ReturnType<typeof useChain>;

function build({ api }: Chain, pallet: string, method: string, values: Record<string, string>): Made {
  const wanted = argumentsOf(api, pallet, method);
  const missing = wanted.find((argument) => textOf(argument, values).trim() === '');
  if (missing) return { problem: `The call lacks its argument ${missing.name}.` };
  try {
    return checked(api.tx[pallet][method](...wanted.map((argument) => valueOf(textOf(argument, values)))).method);
  } catch (error) {
    return { problem: `The call can't be made of this: ${oneLine(error)}` };
  }
}

/** What was typed, or what says that there is nothing, where nothing may be. */
const textOf = ({ name, optional }: Argument, values: Record<string, string>): string => values[name] ?? (optional ? 'null' : '');

/** JSON where it is that, text where it isn't. */
function valueOf(text: string): unknown {
  const trimmed = text.trim();
  if (!/^[[{"]|^(null|true|false)$/.test(trimmed)) return trimmed;
  return JSON.parse(trimmed);
}

function decode({ api }: Chain, encoded: string): Made {
  const hex = encoded.trim();
  if (hex === '') return {};
  if (!/^0x([0-9a-fA-F]{2})+$/.test(hex)) return { problem: `'${hex.slice(0, 20)}' is not 0x and pairs of hex digits.` };
  try {
    const call = api.registry.createType('Call', hex);
    if (call.toHex() !== hex.toLowerCase()) return { problem: 'These bytes are no call of this runtime: it would read others from them.' };
    return checked(call);
  } catch {
    return { problem: 'These bytes are no call of this runtime.' };
  }
}

function checked(call: any): Made {
  const bytes: Uint8Array = call.toU8a();
  if (bytes.length > INLINE) return { problem: `The call has ${bytes.length} bytes; a proposal takes ${INLINE}. A longer one needs a preimage, which this page does not make.` };
  return { call: { words: plain(call) as unknown as Call, bytes, hex: call.toHex() } };
}
