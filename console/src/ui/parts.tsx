// What pages are made of.

import type { ComponentChildren } from 'preact';
import { useConnection } from '../chain/state.ts';
import { useStore } from '../chain/store.ts';

type Children = { children?: ComponentChildren };

export function Card({ title, aside, children, id }: Children & { title: string; aside?: ComponentChildren; id?: string }) {
  return (
    <section class="card" id={id}>
      <header>
        <h2>{title}</h2>
        {aside !== undefined && <div class="aside">{aside}</div>}
      </header>
      {children}
    </section>
  );
}

/** Figures side by side: what each is, its value, and a line about it. */
export function Tiles({ children }: Children) {
  return <dl class="tiles">{children}</dl>;
}

export function Tile({ name, note, children }: Children & { name: string; note?: ComponentChildren }) {
  return (
    <div class="tile">
      <dt>{name}</dt>
      <dd class="value">{children}</dd>
      {note !== undefined && <dd class="note">{note}</dd>}
    </div>
  );
}

/** Names and values under each other. */
export function Facts({ children }: Children) {
  return <dl class="facts">{children}</dl>;
}

export function Fact({ name, children }: Children & { name: string }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

export type Tone = 'plain' | 'busy' | 'good' | 'warn' | 'bad';

export const Badge = ({ tone = 'plain', children }: Children & { tone?: Tone }) => <span class={`badge ${tone}`}>{children}</span>;

/** A table, scrolled sideways where it is wider than the page. */
export function Table({ head, children, label }: Children & { head: ComponentChildren[]; label: string }) {
  return (
    <div class="scroll" role="region" aria-label={label} tabIndex={0}>
      <table>
        <thead>
          <tr>{head.map((name) => <th scope="col">{name}</th>)}</tr>
        </thead>
        <tbody>{children}</tbody>
      </table>
    </div>
  );
}

export const Empty = ({ children }: Children) => <p class="empty">{children}</p>;

/** Why something can't be shown, in one line. While the connection is lost that is said once, at the top. */
export function Problem({ error }: { error?: string }) {
  const phase = useStore(useConnection().phase);
  if (!error || phase.name !== 'connected') return null;
  return <p class="problem" role="alert">{error}</p>;
}

/** A share of one as a bar, with a mark where another share is. */
export function Bar({ share, mark, label, tone = 'busy' }: { share: number; mark?: number; label: string; tone?: Tone }) {
  const width = (value: number) => Math.min(100, Math.max(0, value * 100));
  return (
    <svg class={`bar ${tone}`} viewBox="0 0 100 8" preserveAspectRatio="none" role="img" aria-label={label}>
      <title>{label}</title>
      <rect class="track" width="100" height="8" />
      <rect class="fill" width={width(share)} height="8" />
      {mark !== undefined && <rect class="mark" x={Math.min(99, width(mark))} width="1" height="8" />}
    </svg>
  );
}
