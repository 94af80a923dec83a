/**
 * Raises the arena's lower bound to what the search found where a proof by cases succeeds: either block of a pair lies first,
 * and so on for the next pair (branch and bound in disjunctive scheduling: Carlier and Pinson, 1989).
 */

import type { ArenaRequest } from "./arena.ts";
import { alignUp, type Neighbour } from "./arena_constraints.ts";

/** Pairs looked at until a size counts as possible: what is proven is true after any number. */
const WORK_LIMIT = 100_000;
/** With more pairs, no proof is in reach. */
const MAX_PAIRS = 400;

/** Block `to` starts at least `distance` bytes after block `from`. */
interface Arc {
  readonly from: number;
  readonly to: number;
  readonly distance: number;
}

/** Two blocks, and how far one starts after the other: `first` before `second`, or the other way round. */
interface Pair {
  readonly first: number;
  readonly second: number;
  readonly forward: number;
  readonly backward: number;
}

/** The least size from `bound` on that is not proven impossible, at most `bytes`, which a layout takes. */
export function provenBound(
  requests: readonly ArenaRequest[],
  neighbours: readonly (readonly Neighbour[])[],
  bound: number,
  bytes: number,
): number {
  const pairs = neighbours.flatMap((list, first) =>
    list.flatMap(({ block, below, above }): Pair[] =>
      block > first ? [{ first, second: block, forward: below, backward: above }] : [],
    ),
  );
  if (pairs.length > MAX_PAIRS) return bound;
  const impossible = (size: number) => isImpossible({ requests, pairs, size, work: 0 }, []);
  let low = bound;
  let high = bytes;
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if (impossible(middle)) low = middle + 1;
    else high = middle;
  }
  return low;
}

interface Proof {
  readonly requests: readonly ArenaRequest[];
  readonly pairs: readonly Pair[];
  readonly size: number;
  work: number;
}

/** Whether no layout of the size keeps all of `arcs`. */
function isImpossible(proof: Proof, arcs: readonly Arc[]): boolean {
  const { requests, pairs, size } = proof;
  /** Least offset of each block, and least bytes from its offset to the arena's end. */
  const heads = requests.map(() => 0);
  const tails = requests.map(({ bytes }) => bytes);
  const fits = ({ from, to, distance }: Arc) => (heads[from] ?? 0) + distance + (tails[to] ?? 0) <= size;
  /** Whether the arc moves a block. */
  const pulls = ({ from, to, distance }: Arc): boolean => {
    const head = alignUp((heads[from] ?? 0) + distance, requests[to]?.align ?? 1);
    const tail = (tails[to] ?? 0) + distance;
    const moved = head > (heads[to] ?? 0) || tail > (tails[from] ?? 0);
    heads[to] = Math.max(heads[to] ?? 0, head);
    tails[from] = Math.max(tails[from] ?? 0, tail);
    return moved;
  };
  let open: readonly [Arc, Arc][] = [];
  for (let moved = true; moved; ) {
    moved = arcs.filter(pulls).length > 0;
    const undecided: [Arc, Arc][] = [];
    for (const { first, second, forward, backward } of pairs) {
      const one: Arc = { from: first, to: second, distance: forward };
      const other: Arc = { from: second, to: first, distance: backward };
      if (!fits(one)) moved = pulls(other) || moved;
      else if (!fits(other)) moved = pulls(one) || moved;
      else if (!arcs.some(({ from, to }) => from + to === first + second && (from === first || to === first)))
        undecided.push([one, other]);
    }
    open = undecided;
    proof.work += pairs.length;
    if (heads.some((head, block) => head + (tails[block] ?? 0) > size)) return true;
    if (proof.work > WORK_LIMIT) return false;
  }
  const weight = ([{ from, to }]: readonly [Arc, Arc]) =>
    (requests[from]?.bytes ?? 0) + (requests[to]?.bytes ?? 0);
  const [next] = [...open].sort((a, b) => weight(b) - weight(a));
  return !!next && next.every((arc) => isImpossible(proof, [...arcs, arc]));
}
