/** Orders in which to place the arena's blocks: the search starts from each of them. */

import type { ArenaRequest } from "./arena.ts";
import type { Neighbour } from "./arena_constraints.ts";

/** Sort keys, highest first. */
type Keys = (request: ArenaRequest, index: number) => readonly number[];

/** Orders of all the requests' indices, the ones that do best on networks first. Deterministic. */
export function* startingOrders(
  requests: readonly ArenaRequest[],
  neighbours: readonly (readonly Neighbour[])[],
): Generator<readonly number[]> {
  const span = (request: ArenaRequest): number => request.last - request.first + 1;
  // Bytes of the block and of all that it meets: high for the blocks in use around the peak.
  const crowd = requests.map((request, index) =>
    (neighbours[index] ?? []).reduce(
      (sum, neighbour) => sum + (requests[neighbour.block]?.bytes ?? 0),
      request.bytes,
    ),
  );
  const peak = stepPeaks(requests);
  const rules: readonly Keys[] = [
    (request) => [request.bytes, span(request), -request.first],
    (request, index) => [peak[index] ?? 0, request.bytes, span(request)],
    (request) => [request.bytes * span(request), request.bytes],
    (request) => [span(request), request.bytes],
    (request, index) => [crowd[index] ?? 0, request.bytes],
    (request) => [-request.first, request.bytes],
    (request) => [request.last, request.bytes],
  ];
  for (const rule of rules) {
    const keyed = requests.map((request, index) => ({ index, keys: rule(request, index) }));
    keyed.sort((a, b) => descending(a.keys, b.keys) || a.index - b.index);
    yield keyed.map(({ index }) => index);
  }
}

function descending(a: readonly number[], b: readonly number[]): number {
  for (const [position, key] of a.entries()) {
    const difference = (b[position] ?? 0) - key;
    if (difference !== 0) return difference;
  }
  return 0;
}

/** For each block, the most bytes in use at any step of its lifetime. */
function stepPeaks(requests: readonly ArenaRequest[]): readonly number[] {
  const peaks = requests.map(() => 0);
  const byStart = requests.map((request, index) => ({ ...request, index }));
  byStart.sort((a, b) => a.first - b.first);
  let live: typeof byStart = [];
  for (const block of byStart) {
    live = live.filter((earlier) => earlier.last >= block.first);
    live.push(block);
    const bytes = live.reduce((sum, each) => sum + each.bytes, 0);
    for (const { index } of live) peaks[index] = Math.max(peaks[index] ?? 0, bytes);
  }
  return peaks;
}
