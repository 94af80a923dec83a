/**
 * Raises a lower bound of the arena by refuting sizes: where two blocks cannot lie one way round, they must lie the
 * other, which moves them and may force the next pair, as along a chain of layers that each start before their
 * input (immediate selection in disjunctive scheduling: Carlier and Pinson, 1989).
 */

import { alignUp } from "../graph/align.ts";
import type { ArenaRequest } from "./arena.ts";
import type { Neighbour } from "./arena_constraints.ts";

/** Sweeps over all pairs until a size counts as not refuted: what they find is true after any number. */
const SWEEPS = 100;

/** The least size from `bound` on that is not refuted. All legal layouts take at least that. */
export function raiseBound(
  requests: readonly ArenaRequest[],
  neighbours: readonly (readonly Neighbour[])[],
  bound: number,
): number {
  if (!isRefuted(requests, neighbours, bound)) return bound;
  let refuted = bound;
  // One after the other, all blocks fit.
  let open = requests.reduce((sum, { bytes, align }) => alignUp(sum, align) + bytes, 0);
  while (open - refuted > 1) {
    const middle = Math.floor((refuted + open) / 2);
    if (isRefuted(requests, neighbours, middle)) refuted = middle;
    else open = middle;
  }
  return open;
}

/** Whether no layout of `size` bytes exists. False also where one sweep after the other does not tell. */
function isRefuted(
  requests: readonly ArenaRequest[],
  neighbours: readonly (readonly Neighbour[])[],
  size: number,
): boolean {
  /** Least offset of each block, and least bytes from its offset to the arena's end. */
  const heads = requests.map(() => 0);
  const tails = requests.map(({ bytes }) => bytes);
  for (let sweep = 0; sweep < SWEEPS; sweep++) {
    let moved = false;
    for (const [block, { align }] of requests.entries()) {
      for (const neighbour of neighbours[block] ?? []) {
        const head = heads[block] ?? 0;
        const tail = tails[neighbour.block] ?? 0;
        if (head + neighbour.below + tail <= size) continue;
        // `block` cannot start `below` bytes before its neighbour: it starts `above` bytes after it.
        const above = alignUp((heads[neighbour.block] ?? 0) + neighbour.above, align);
        const rest = (tails[block] ?? 0) + neighbour.above;
        if (above <= head && rest <= tail) continue;
        moved = true;
        heads[block] = Math.max(head, above);
        tails[neighbour.block] = Math.max(tail, rest);
        if (Math.max(head, above) + (tails[block] ?? 0) > size || Math.max(tail, rest) > size) return true;
      }
    }
    if (!moved) return false;
  }
  return false;
}
