/**
 * Raises the arena's lower bound by proofs on few blocks: those in use during some steps take at least what they take without
 * the others.
 */

import { alignUp } from "../graph/align.ts";
import type { ArenaRequest } from "./arena.ts";
import type { Neighbour } from "./arena_constraints.ts";
import { decide, pairCount } from "./arena_exact.ts";

/** Pairs looked at until a size counts as possible: what is proven is true after any number. */
const WORK_LIMIT = 100_000;
/** With more pairs, no proof is in reach. */
const MAX_PAIRS = 400;
/** Steps whose blocks are looked at together. */
const WIDTHS = [1, 2, 3, 4];

/** The least size from `bound` on that is not proven impossible, at most `bytes`, which a layout takes. */
export function provenBound(
  requests: readonly ArenaRequest[],
  neighbours: readonly (readonly Neighbour[])[],
  bound: number,
  bytes: number,
): number {
  let proven = bound;
  const steps = [...new Set(requests.map(({ first }) => first))];
  const windows = WIDTHS.flatMap((width) => steps.map((first) => ({ first, last: first + width - 1 })));
  for (const { first, last } of [...windows, { first: -Infinity, last: Infinity }]) {
    if (proven >= bytes) return proven;
    const part = within(requests, neighbours, first, last);
    // What fits one after the other proves nothing.
    const total = part.requests.reduce((sum, { bytes: size, align }) => alignUp(sum, align) + size, 0);
    if (total <= proven || pairCount(part.neighbours) > MAX_PAIRS) continue;
    proven = raised(part.requests, part.neighbours, proven, bytes);
  }
  return proven;
}

/** The blocks in use at some step from `first` to `last`, and who of them are neighbours. */
function within(
  requests: readonly ArenaRequest[],
  neighbours: readonly (readonly Neighbour[])[],
  first: number,
  last: number,
): { requests: readonly ArenaRequest[]; neighbours: readonly (readonly Neighbour[])[] } {
  const blocks = requests.flatMap((request, block) =>
    request.first <= last && first <= request.last ? [block] : [],
  );
  const position = new Map(blocks.map((block, index) => [block, index]));
  return {
    requests: blocks.flatMap((block) => requests[block] ?? []),
    neighbours: blocks.map((block) =>
      (neighbours[block] ?? []).flatMap((neighbour) => {
        const index = position.get(neighbour.block);
        return index === undefined ? [] : [{ ...neighbour, block: index }];
      }),
    ),
  };
}

function raised(
  requests: readonly ArenaRequest[],
  neighbours: readonly (readonly Neighbour[])[],
  bound: number,
  bytes: number,
): number {
  let low = bound;
  let high = bytes;
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if (decide(requests, neighbours, middle, WORK_LIMIT) === "impossible") low = middle + 1;
    else high = middle;
  }
  return low;
}
