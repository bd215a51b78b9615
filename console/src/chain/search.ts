// When something became true, found without an index of the chain.

/** The block, or a later one where this node has pruned the states before `block`: then it was `block` at the latest. */
export interface Found {
  block: number;
  exact: boolean;
}

/**
 * The first of the blocks `from`..`to` for which `holds`, which goes on holding once it does; undefined where it doesn't at `to`.
 * `holds` gives undefined where this node has pruned the state of a block.
 */
export async function firstBlock(from: number, to: number, holds: (block: number) => Promise<boolean | undefined>): Promise<Found | undefined> {
  if (!(await holds(to))) return undefined;
  // Before `from` it doesn't hold, as far as anybody wants to know.
  let before = { block: from - 1, known: true };
  let first = to;
  while (first - before.block > 1) {
    const middle = Math.floor((before.block + first) / 2);
    const held = await holds(middle);
    if (held) first = middle;
    else before = { block: middle, known: held === false };
  }
  return { block: first, exact: before.known };
}
