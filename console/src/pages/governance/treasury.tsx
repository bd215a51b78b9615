// The treasury's pot and what it has been told to pay.

import { useAtHead, useChain, type State } from '../../chain/state.ts';
import { count } from '../../ui/format.ts';
import { Badge, Card, Empty, Problem, Table, Tile, Tiles, type Tone } from '../../ui/parts.tsx';
import { Act, Signer } from '../../ui/signing.tsx';
import { Address, Amount, BlockNumber } from '../../ui/values.tsx';

type SpendState = 'not yet due' | 'due' | 'paid, to be checked' | 'expired';

const TONES: Record<SpendState, Tone> = { 'not yet due': 'plain', due: 'good', 'paid, to be checked': 'busy', expired: 'bad' };

interface Spend {
  index: number;
  amount: bigint;
  beneficiary: string;
  from: number;
  until: number;
  state: SpendState;
}

/** Accounts of pallets: "modl", the pallet's id, and zeros. */
function potOf(consts: State['consts']): Uint8Array {
  const account = new Uint8Array(32);
  account.set(new TextEncoder().encode('modl'));
  account.set(consts.treasury.palletId.toU8a(true), 4);
  return account;
}

async function load({ query, consts, registry, number }: State) {
  const pot = registry.createType('AccountId', potOf(consts)).toString();
  const [account, spends] = await Promise.all([query.system.account(pot), query.treasury.spends.entries()]);
  const kept = consts.balances.existentialDeposit.toBigInt() as bigint;
  const free = account.data.free.toBigInt() as bigint;
  const list: Spend[] = spends.map(([key, entry]: any) => {
    const spend = entry.unwrap();
    const [from, until] = [Number(spend.validFrom), Number(spend.expireAt)];
    const state = spend.status.isAttempted ? 'paid, to be checked' : number > until ? 'expired' : number >= from ? 'due' : 'not yet due';
    return { index: Number(key.args[0]), amount: spend.amount.toBigInt(), beneficiary: plainAccount(spend.beneficiary), from, until, state };
  });
  return { pot, free: free > kept ? free - kept : 0n, spends: list.sort((one, other) => other.index - one.index) };
}

/** Some chains pay to locations: those are shown as they are. */
const plainAccount = (codec: any): string => codec.toString();

export function Treasury() {
  const { api } = useChain();
  const { value, error } = useAtHead(load);
  const due = value?.spends.some(({ state }) => state === 'due');
  return (
    <>
      <Problem error={error} />
      {value && (
        <>
          <Tiles>
            <Tile name="Pot" note="beside the existential deposit"><span data-testid="pot"><Amount of={value.free} /></span></Tile>
            <Tile name="Approved spends" note="that are not settled">{count(value.spends.length)}</Tile>
          </Tiles>
          <Card title="Spends">
            {due && <Signer />}
            {value.spends.length === 0 ? <Empty>None is approved and unsettled. A spend is a referendum on a track of the treasury.</Empty> : (
              <Table label="Spends of the treasury" head={['', 'Amount', 'To', 'State', 'From', 'Until', '']}>
                {value.spends.map(({ index, amount, beneficiary, from, until, state }) => (
                  <tr key={index}>
                    <td class="number">{index}</td>
                    <td><Amount of={amount} /></td>
                    <td><Address of={beneficiary} /></td>
                    <td><Badge tone={TONES[state]}>{state}</Badge></td>
                    <td><BlockNumber of={from} /></td>
                    <td><BlockNumber of={until} /></td>
                    <td>
                      {state === 'due' && <Act quiet label="Pay out" call={() => api.tx.treasury.payout(index)} />}
                      {state === 'paid, to be checked' && <Act quiet label="Settle" call={() => api.tx.treasury.checkStatus(index)} />}
                    </td>
                  </tr>
                ))}
              </Table>
            )}
          </Card>
          <p class="note">The pot's account: <Address of={value.pot} full /></p>
        </>
      )}
    </>
  );
}
