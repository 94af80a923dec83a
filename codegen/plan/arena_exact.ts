/**
 * Decides by cases whether a layout of a given size exists: of two blocks in use together either lies first, and so on for
 * the next pair (branch and bound in disjunctive scheduling: Carlier and Pinson, 1989).
 */

import { alignUp } from "../graph/align.ts";
import type { ArenaRequest } from "./arena.ts";
import type { Neighbour } from "./arena_constraints.ts";

/** A layout of the size, or that there is none; `unknown` where it would take too long to say. */
export type Decision = { readonly offsets: readonly number[] } | "impossible" | "unknown";

/** Block `to` starts at least `distance` bytes after block `from`. */
interface Arc {
  readonly from: number;
  readonly to: number;
  readonly distance: number;
}

/** Two blocks, and the two ways in which they may lie. */
type Pair = readonly [Arc, Arc];

interface Problem {
  readonly requests: readonly ArenaRequest[];
  readonly pairs: readonly Pair[];
  readonly size: number;
  /** Pairs that may still be looked at. */
  work: number;
}

/** Pairs of blocks that are in use together, each once. */
export function pairCount(neighbours: readonly (readonly Neighbour[])[]): number {
  return neighbours.reduce((sum, list) => sum + list.length, 0) / 2;
}

/** Whether a layout of `size` bytes exists, after looking at pairs `work` times at most: the same on every machine. */
export function decide(
  requests: readonly ArenaRequest[],
  neighbours: readonly (readonly Neighbour[])[],
  size: number,
  work: number,
): Decision {
  const pairs = neighbours.flatMap((list, first) =>
    list.flatMap(({ block, below, above }): Pair[] => {
      if (block < first) return [];
      return [
        [
          { from: first, to: block, distance: below },
          { from: block, to: first, distance: above },
        ],
      ];
    }),
  );
  return decideWith({ requests, pairs, size, work }, []);
}

/** `decide` where all of `arcs` have to be kept. */
function decideWith(problem: Problem, arcs: readonly Arc[]): Decision {
  const { requests, pairs, size } = problem;
  /** Least offset of each block, and least bytes from its offset to the arena's end. */
  const heads = requests.map(() => 0);
  const tails = requests.map(({ bytes }) => bytes);
  const ends = ({ from, to, distance }: Arc) => (heads[from] ?? 0) + distance + (tails[to] ?? 0);
  /** Whether the arc moves a block. */
  const pulls = ({ from, to, distance }: Arc): boolean => {
    const head = alignUp((heads[from] ?? 0) + distance, requests[to]?.align ?? 1);
    const tail = (tails[to] ?? 0) + distance;
    const moved = head > (heads[to] ?? 0) || tail > (tails[from] ?? 0);
    heads[to] = Math.max(heads[to] ?? 0, head);
    tails[from] = Math.max(tails[from] ?? 0, tail);
    return moved;
  };
  for (let moved = true; moved; ) {
    moved = arcs.filter(pulls).length > 0;
    for (const [one, other] of pairs) {
      // Where one way does not fit, it is the other.
      if (ends(one) > size) moved = pulls(other) || moved;
      else if (ends(other) > size) moved = pulls(one) || moved;
    }
    problem.work -= pairs.length;
    if (heads.some((head, block) => head + (tails[block] ?? 0) > size)) return "impossible";
    if (problem.work < 0) return "unknown";
  }
  const keeps = ({ from, to, distance }: Arc) => (heads[to] ?? 0) - (heads[from] ?? 0) >= distance;
  const bytesOf = ([{ from, to }]: Pair) => (requests[from]?.bytes ?? 0) + (requests[to]?.bytes ?? 0);
  let next: Pair | undefined;
  for (const pair of pairs) {
    if (!pair.some(keeps) && (!next || bytesOf(pair) > bytesOf(next))) next = pair;
  }
  // Where every block at its least offset keeps off the others, that is a layout.
  if (!next) return { offsets: heads };
  let decision: Decision = "impossible";
  for (const arc of [...next].sort((a, b) => ends(a) - ends(b))) {
    decision = decideWith(problem, [...arcs, arc]);
    if (decision !== "impossible") break;
  }
  return decision;
}
