/** Lays out the arena: places blocks with lifetimes at addresses so that the highest byte in use is low. */

import { arenaBound } from "./arena_bound.ts";
import { neighboursOf } from "./arena_constraints.ts";
import { decide } from "./arena_exact.ts";
import { provenBound } from "./arena_proof.ts";
import { raiseBound } from "./arena_refute.ts";
import { searchPlacement } from "./arena_search.ts";

/** The part of the search's work after which a proof is tried: most networks need no more. */
const QUICK_EFFORT = 0.1;
/** Pairs of blocks looked at for a layout that takes no more than the bound: about a second at most. */
const EXACT_WORK = 4_000_000;

/** What the arena has to hold. */
export interface ArenaRequest {
  readonly name: string;
  /** Bytes, at least 1. */
  readonly bytes: number;
  /** Alignment of the address, a power of two. */
  readonly align: number;
  /** First and last step (inclusive) at which the bytes are in use. */
  readonly first: number;
  readonly last: number;
}

/**
 * Allows two blocks whose lifetimes touch to share memory: block `writer` may overlap block `reader` where it
 * starts at least `distance` bytes before it.
 */
export interface AllowedOverlap {
  readonly writer: number;
  readonly reader: number;
  readonly distance: number;
}

export interface ArenaLayout {
  /** Offset of each request, in its order. */
  readonly offsets: readonly number[];
  /** Bytes from 0 to the end of the highest block. */
  readonly bytes: number;
  /** No layout takes less. */
  readonly bound: number;
}

/**
 * Offsets for `requests` (each at least 0 and a multiple of its `align`) such that blocks in use at the same step
 * lie apart, or overlap as one of `overlaps` allows. The same arguments give the same layout; the time is bounded,
 * and most networks reach `bound` at once. A permission holds at every step at which both blocks are in use:
 * whoever gives it answers for that.
 */
export function layoutArena(
  requests: readonly ArenaRequest[],
  overlaps: readonly AllowedOverlap[],
): ArenaLayout {
  if (requests.length === 0) return { offsets: [], bytes: 0, bound: 0 };
  const neighbours = neighboursOf(requests, overlaps);
  const bound = raiseBound(requests, neighbours, arenaBound(requests, overlaps));
  const quick = searchPlacement(requests, neighbours, bound, QUICK_EFFORT);
  if (quick.bytes <= bound) return { ...quick, bound };
  const proven = provenBound(requests, neighbours, bound, quick.bytes);
  if (quick.bytes <= proven) return { ...quick, bound: proven };
  const exact = decide(requests, neighbours, proven, EXACT_WORK);
  if (typeof exact === "object") return { offsets: exact.offsets, bytes: proven, bound: proven };
  const placement = searchPlacement(requests, neighbours, proven, 1);
  return { ...placement, bound: proven };
}

/** Pairs of blocks (lower index first) that are in use at the same step and overlap without permission. */
export function conflicts(
  requests: readonly ArenaRequest[],
  overlaps: readonly AllowedOverlap[],
  offsets: readonly number[],
): readonly (readonly [number, number])[] {
  const found: [number, number][] = [];
  const allowed = (writer: number, reader: number, lead: number): boolean =>
    overlaps.some((each) => each.writer === writer && each.reader === reader && lead >= each.distance);
  for (const [b, second] of requests.entries()) {
    for (const [a, first] of requests.slice(0, b).entries()) {
      if (first.last < second.first || second.last < first.first) continue;
      const lead = (offsets[b] ?? 0) - (offsets[a] ?? 0);
      if (lead >= first.bytes || -lead >= second.bytes) continue;
      if (!allowed(a, b, lead) && !allowed(b, a, -lead)) found.push([a, b]);
    }
  }
  return found;
}
