// The technical committee: its members, and what it votes on.

import { plain, type Call } from '../../chain/plain.ts';
import { useAtHead, type State } from '../../chain/state.ts';
import { Badge, Card, Empty, Problem, Table } from '../../ui/parts.tsx';
import { Address, Hash, Until } from '../../ui/values.tsx';
import { useVoice } from './voice.ts';
import { inWords } from './words.ts';

async function load({ query, number }: State) {
  const [members, prime, hashes] = await Promise.all([query.technicalCommittee.members(), query.technicalCommittee.prime?.(), query.technicalCommittee.proposals()]);
  const motions = await Promise.all([...hashes].map(async (hash: any) => {
    const [voting, proposal] = await Promise.all([query.technicalCommittee.voting(hash), query.technicalCommittee.proposalOf(hash)]);
    const { index, threshold, ayes, nays, end } = voting.unwrap();
    const call = proposal.unwrapOr(undefined);
    return {
      index: Number(index),
      hash: hash.toHex() as string,
      threshold: Number(threshold),
      ayes: ayes.length as number,
      nays: nays.length as number,
      end: Number(end),
      call: call && (plain(call) as unknown as Call),
    };
  }));
  return {
    members: [...members].map(String),
    prime: prime?.unwrapOr(undefined)?.toString() as string | undefined,
    motions: motions.sort((one, other) => other.index - one.index),
    head: number,
  };
}

export function Committee() {
  const voice = useVoice();
  const { value, error } = useAtHead(load);
  return (
    <>
      <Problem error={error} />
      {value && (
        <>
          <Card title="Technical committee" aside={`${value.members.length} ${value.members.length === 1 ? 'member' : 'members'}`}>
            {value.members.length === 0 ? <Empty>It has no members: root can name some.</Empty> : (
              <ul class="plain">{value.members.map((member) => <li key={member}><Address of={member} full /> {member === value.prime && <Badge>prime</Badge>}</li>)}</ul>
            )}
          </Card>
          <Card title="What it votes on">
            {value.motions.length === 0 ? <Empty>Nothing now.</Empty> : (
              <Table label="Motions of the committee" head={['', 'Motion', 'Ayes', 'Nays', '']}>
                {value.motions.map(({ index, hash, threshold, ayes, nays, end, call }) => (
                  <tr key={hash}>
                    <td class="number">{index}</td>
                    <td class="words">{call ? inWords(call, voice) : <Hash of={hash} />}</td>
                    <td class="number">{ayes} of {threshold}</td>
                    <td class="number">{nays}</td>
                    <td class="muted">ends <Until block={end} from={value.head} /></td>
                  </tr>
                ))}
              </Table>
            )}
          </Card>
        </>
      )}
    </>
  );
}
