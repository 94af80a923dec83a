/** What a layout of the arena has to respect: how far apart two blocks that are in use together must start. */

import type { AllowedOverlap, ArenaRequest } from "./arena.ts";

/**
 * A block in use together with block `self`. One of two holds in every legal layout: `block` starts at least
 * `below` bytes after `self`, or `self` starts at least `above` bytes after `block`.
 */
export interface Neighbour {
  readonly block: number;
  readonly below: number;
  readonly above: number;
}

/** Neighbours of every request. A pair that may lie anywhere, such as two lifetimes apart, is in no list. */
export function neighboursOf(
  requests: readonly ArenaRequest[],
  overlaps: readonly AllowedOverlap[],
): readonly (readonly Neighbour[])[] {
  const distances = distancesByWriter(requests.length, overlaps);
  const lead = (self: number, other: number, bytes: number): number =>
    Math.min(bytes, distances[self]?.get(other) ?? bytes);
  const neighbours: Neighbour[][] = requests.map(() => []);
  const byStart = requests.map((request, index) => ({ ...request, index }));
  byStart.sort((a, b) => a.first - b.first || a.index - b.index);
  let active: typeof byStart = [];
  for (const block of byStart) {
    active = active.filter((earlier) => earlier.last >= block.first);
    for (const other of active) {
      const below = lead(block.index, other.index, block.bytes);
      const above = lead(other.index, block.index, other.bytes);
      // Offsets strictly between −below and above are illegal: no whole number is, where the sum is 1 or less.
      if (below + above <= 1) continue;
      neighbours[block.index]?.push({ block: other.index, below, above });
      neighbours[other.index]?.push({ block: block.index, below: above, above: below });
    }
    active.push(block);
  }
  return neighbours;
}

/** For each block, the blocks that it may overwrite, and the least distance of each. */
export function distancesByWriter(
  count: number,
  overlaps: readonly AllowedOverlap[],
): readonly ReadonlyMap<number, number>[] {
  const distances = Array.from({ length: count }, () => new Map<number, number>());
  for (const { writer, reader, distance } of overlaps) {
    const known = distances[writer]?.get(reader) ?? Number.POSITIVE_INFINITY;
    distances[writer]?.set(reader, Math.min(known, distance));
  }
  return distances;
}
