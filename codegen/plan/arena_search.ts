/**
 * Finds offsets for the arena's blocks: first fit over several orders, then a bounded, seeded local search on
 * the order (after Pisarchyk and Lee, "Efficient Memory Management for Deep Neural Net Inference", 2020, and the
 * hill climbing of TVM's unified static memory planner).
 */

import { alignUp } from "../graph/align.ts";
import type { ArenaRequest } from "./arena.ts";
import type { Neighbour } from "./arena_constraints.ts";
import { startingOrders } from "./arena_orders.ts";

/** Neighbours looked at, in all and per block, after which the search stops: about 0.1 s at most. */
const WORK_LIMIT = 8_000_000;
const WORK_PER_BLOCK = 60_000;
/** Moves without a gain before the search starts again from another order. */
const PATIENCE = 200;

export interface Placement {
  readonly offsets: readonly number[];
  readonly bytes: number;
}

/**
 * Offsets that take few bytes; at once when they take `bound`, which no layout can go below. `effort` is the part of the
 * allowed work that the search may take.
 */
export function searchPlacement(
  requests: readonly ArenaRequest[],
  neighbours: readonly (readonly Neighbour[])[],
  bound: number,
  effort: number,
): Placement {
  const limit = effort * Math.min(WORK_LIMIT, WORK_PER_BLOCK * requests.length);
  const placer: Placer = { requests, neighbours, limit, work: 0 };
  const starts: { order: readonly number[]; bytes: number }[] = [];
  let best: Placement = { offsets: [], bytes: Number.POSITIVE_INFINITY };
  for (const order of startingOrders(requests, neighbours)) {
    const placement = place(placer, order, Number.POSITIVE_INFINITY);
    if (!placement) continue;
    if (placement.bytes < best.bytes) best = placement;
    if (best.bytes <= bound) return best;
    starts.push({ order, bytes: placement.bytes });
    // One order of very many blocks is work enough.
    if (placer.work > limit) return best;
  }
  starts.sort((a, b) => a.bytes - b.bytes);
  const random = mulberry32(0x6d6f7465);
  for (let round = 0; placer.work < limit; round++) {
    const start = starts[round % starts.length];
    if (!start) break;
    const climbed = climb(placer, start.order, random, bound);
    if (!climbed) break;
    if (climbed.placement.bytes < best.bytes) best = climbed.placement;
    if (best.bytes <= bound) break;
    // Each start goes on from where it came to.
    starts[round % starts.length] = { order: climbed.order, bytes: climbed.placement.bytes };
  }
  return best;
}

interface Placer {
  readonly requests: readonly ArenaRequest[];
  readonly neighbours: readonly (readonly Neighbour[])[];
  /** What `work` may come to. */
  readonly limit: number;
  /** Neighbours looked at so far: a measure of time that is the same on every machine. */
  work: number;
}

/** Puts each block of `order` at the lowest legal offset; undefined once that passes `limit` bytes. */
function place(placer: Placer, order: readonly number[], limit: number): Placement | undefined {
  const offsets = new Array<number>(placer.requests.length).fill(-1);
  let bytes = 0;
  placer.work += order.length;
  for (const block of order) {
    const request = placer.requests[block];
    if (!request) continue;
    const offset = firstFit(placer, offsets, block, request.align);
    offsets[block] = offset;
    bytes = Math.max(bytes, offset + request.bytes);
    if (bytes > limit) return undefined;
  }
  return { offsets, bytes };
}

/** The lowest offset at which `block` is legal beside the blocks already placed (those with an offset of 0 or more). */
function firstFit(placer: Placer, offsets: readonly number[], block: number, align: number): number {
  const around = placer.neighbours[block] ?? [];
  let offset = 0;
  for (;;) {
    let next = offset;
    placer.work += around.length + 1;
    for (const neighbour of around) {
      const placed = offsets[neighbour.block] ?? -1;
      if (placed < 0) continue;
      const end = placed + neighbour.above;
      if (placed - offset < neighbour.below && end > next) next = end;
    }
    if (next === offset) return offset;
    offset = alignUp(next, align);
  }
}

/** Moves blocks at or near the peak forward in the order as long as that costs nothing. */
function climb(
  placer: Placer,
  start: readonly number[],
  random: () => number,
  bound: number,
): { order: readonly number[]; placement: Placement } | undefined {
  let order = start;
  let placement = place(placer, order, Number.POSITIVE_INFINITY);
  let idle = 0;
  while (placement && placement.bytes > bound && idle < PATIENCE && placer.work < placer.limit) {
    const moved = moveTowardsFront(order, nearPeak(placer, placement, random), random);
    const next = place(placer, moved, placement.bytes);
    idle = next && next.bytes < placement.bytes ? 0 : idle + 1;
    if (!next) continue;
    order = moved;
    placement = next;
  }
  return placement && { order, placement };
}

/** A random block whose end is the peak, or, less and less likely, one that some hops lead to. */
function nearPeak(placer: Placer, placement: Placement, random: () => number): number {
  const top = placer.requests.flatMap((request, block) =>
    (placement.offsets[block] ?? 0) + request.bytes === placement.bytes ? [block] : [],
  );
  let block = pick(top, random) ?? 0;
  while (random() < 0.5) block = pick(placer.neighbours[block] ?? [], random)?.block ?? block;
  return block;
}

/** `order` with `block` moved to a random place before its own. */
function moveTowardsFront(order: readonly number[], block: number, random: () => number): readonly number[] {
  const from = order.indexOf(block);
  const moved = order.filter((other) => other !== block);
  moved.splice(Math.floor(random() * from), 0, block);
  return moved;
}

function pick<T>(items: readonly T[], random: () => number): T | undefined {
  return items[Math.floor(random() * items.length)];
}

/** Tommy Ettinger's mulberry32: numbers in [0, 1), the same for a seed on every machine. */
function mulberry32(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}
