// The part of the address behind the #, which names the page: `#/tasks/3` is ['tasks', '3'].

import { useEffect, useState } from 'preact/hooks';

export const segmentsOf = (hash: string): string[] => hash.replace(/^#\/?/, '').split('/').filter((segment) => segment !== '').map(decoded);

/** What somebody mistyped stays as it is. */
function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}

export function useRoute(): string[] {
  const [hash, setHash] = useState(location.hash);
  useEffect(() => {
    const changed = () => setHash(location.hash);
    window.addEventListener('hashchange', changed);
    return () => window.removeEventListener('hashchange', changed);
  }, []);
  return segmentsOf(hash);
}
