// The frame around every page: where the console is connected to, which pages there are, and what is wrong in one line.

import { useEffect, useErrorBoundary, useMemo, useRef, useState } from 'preact/hooks';
import type { Chain, Connection, Phase } from '../chain/connection.ts';
import { Connection as NewConnection } from '../chain/connection.ts';
import { endpointOf, endpointProblem, withEndpoint } from '../chain/endpoint.ts';
import { ChainContext, ConnectionContext, oneLine } from '../chain/state.ts';
import { useStore } from '../chain/store.ts';
import { routes } from '../routes.ts';
import { count, span } from '../ui/format.ts';
import { Problem } from '../ui/parts.tsx';
import { useNow } from '../ui/values.tsx';
import { useRoute } from './router.ts';

export function App() {
  const [endpoint, setEndpoint] = useState(() => endpointOf(location.search));
  const connection = useMemo(() => new NewConnection(endpoint), [endpoint]);
  useEffect(() => () => connection.close(), [connection]);

  const connect = (next: string) => {
    history.replaceState(null, '', withEndpoint(location.href, next));
    setEndpoint(next);
  };

  return (
    <ConnectionContext.Provider value={connection}>
      <Frame connection={connection} connect={connect} />
    </ConnectionContext.Provider>
  );
}

function Frame({ connection, connect }: { connection: Connection; connect: (endpoint: string) => void }) {
  const chain = useStore(connection.chain);
  const phase = useStore(connection.phase);
  const [path = '', ...rest] = useRoute();
  const route = routes.find((each) => each.path === path);
  const main = useRef<HTMLElement>(null);
  const place = [path, ...rest].join('/');
  const opened = useRef(place);

  useEffect(() => {
    document.title = `${route?.title ?? 'No such page'} · ${chain?.name ?? 'BCAI'} console`;
  }, [route, chain]);
  // Whoever listens to the page is taken to what is new of it.
  useEffect(() => {
    if (opened.current === place) return;
    opened.current = place;
    main.current?.focus({ preventScroll: true });
    window.scrollTo(0, 0);
  }, [place]);

  return (
    <>
      <a class="skip" href="#main" onClick={(event) => { event.preventDefault(); main.current?.focus(); }}>Skip to the page</a>
      <header class="top">
        <a class="brand" href="#/"><img src="./mark.svg" alt="" width="22" height="22" /> BCAI <span>console</span></a>
        <nav aria-label="Pages">
          {routes.map(({ path: target, title }) => (
            <a href={`#/${target}`} aria-current={target === path ? 'page' : undefined}>{title}</a>
          ))}
        </nav>
        <Endpoint connection={connection} phase={phase} chain={chain} connect={connect} />
      </header>
      <Notice connection={connection} phase={phase} chain={chain} />
      <main id="main" ref={main} tabIndex={-1}>
        {!route && <p class="empty">There is no page '{path}'. <a href="#/">Overview</a></p>}
        {route && !chain && phase.name === 'connecting' && <p class="empty">Connecting to {connection.endpoint} …</p>}
        {route && !chain && phase.name !== 'connecting' && <p class="empty">Start a node here, as `scripts/run` does, or name another one at the top right.</p>}
        {route && chain && (
          <ChainContext.Provider value={chain}>
            <Page key={`${path} ${chain.api.genesisHash.toHex()}`} page={route.page} rest={rest} />
          </ChainContext.Provider>
        )}
      </main>
    </>
  );
}

/** A page that fails says so, and the rest of the console goes on. */
function Page({ page: Content, rest }: { page: (typeof routes)[number]['page']; rest: string[] }) {
  const [error] = useErrorBoundary();
  return error ? <Problem error={`This page failed: ${oneLine(error)}`} /> : <Content rest={rest} />;
}

const TONES: Record<Phase['name'], string> = { connected: 'good', connecting: 'busy', lost: 'bad', refused: 'bad' };
const WORDS: Record<Phase['name'], string> = { connected: 'connected', connecting: 'connecting', lost: 'not connected', refused: 'not connected' };

function Endpoint({ connection, phase, chain, connect }: { connection: Connection; phase: Phase; chain?: Chain; connect: (endpoint: string) => void }) {
  const [text, setText] = useState(connection.endpoint);
  const [problem, setProblem] = useState<string>();
  const details = useRef<HTMLDetailsElement>(null);
  useEffect(() => setText(connection.endpoint), [connection]);

  const submit = (event: Event) => {
    event.preventDefault();
    const wrong = endpointProblem(text.trim());
    setProblem(wrong);
    if (wrong) return;
    if (details.current) details.current.open = false;
    connect(text.trim());
  };

  return (
    <details class="endpoint" ref={details} onKeyDown={({ key, currentTarget }) => { if (key === 'Escape') currentTarget.open = false; }}>
      <summary>
        <span class={`dot ${TONES[phase.name]}`} aria-hidden="true" />
        <span>{chain?.name ?? connection.endpoint}</span>
        <span class="hidden">, {WORDS[phase.name]}. Change the node</span>
      </summary>
      <form onSubmit={submit}>
        <label for="endpoint">WebSocket address of a node</label>
        <div class="row">
          <input id="endpoint" value={text} onInput={(event) => setText(event.currentTarget.value)} spellcheck={false} autocomplete="off" aria-describedby="endpoint-note" />
          <button type="submit">Connect</button>
        </div>
        <p id="endpoint-note" class={problem ? 'problem' : 'note'}>{problem ?? 'It is kept in the address of this page.'}</p>
      </form>
    </details>
  );
}

/** Without a new block for so many block times, something is wrong. */
const LATE = 10;

function Notice({ connection, phase, chain }: { connection: Connection; phase: Phase; chain?: Chain }) {
  let text: string | undefined;
  if (phase.name === 'refused') text = phase.reason;
  if (phase.name === 'lost') text = `${connection.endpoint}: ${phase.reason}. ${chain ? 'What is shown is of before; trying' : 'Trying'} again.`;
  return (
    <div class="notices" aria-live="polite">
      {text ? <p class="notice bad">{text}</p> : chain && phase.name === 'connected' && <Silence chain={chain} />}
    </div>
  );
}

/** Says that blocks don't come: by this machine's clock alone, since others may differ from it. */
function Silence({ chain }: { chain: Chain }) {
  const now = useNow();
  const best = useStore(chain.blocks.best);
  if (!best || now - best.heard < LATE * chain.blockTime) return null;
  return <p class="notice warn">No new block for {span(now - best.heard)}: the last one is #{count(best.number)}.</p>;
}
