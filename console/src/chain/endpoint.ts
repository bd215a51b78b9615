// Which node the console talks to: the `rpc` of its own address, so that a link brings another person to the same chain.

export const DEFAULT_ENDPOINT = 'ws://127.0.0.1:9944';

/** What is wrong with the address of a node, in one line, or undefined. */
export function endpointProblem(endpoint: string): string | undefined {
  const problem = `'${endpoint}' is no address of a node; it would be like ${DEFAULT_ENDPOINT}`;
  let url: URL;
  try {
    url = new URL(endpoint);
  } catch {
    return problem;
  }
  return (url.protocol === 'ws:' || url.protocol === 'wss:') && url.hostname !== '' ? undefined : problem;
}

export const endpointOf = (search: string): string => new URLSearchParams(search).get('rpc')?.trim() || DEFAULT_ENDPOINT;

/** The page's address with another node in it. */
export function withEndpoint(href: string, endpoint: string): string {
  const url = new URL(href);
  // As it is typed: colons and slashes may stand in a query.
  url.search = `?rpc=${encodeURIComponent(endpoint).replaceAll('%3A', ':').replaceAll('%2F', '/')}`;
  return url.href;
}
