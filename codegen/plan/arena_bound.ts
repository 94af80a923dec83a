/** A lower bound of the arena: the most that is in use at one step, with what may be shared taken off. */

import { alignUp } from "../graph/align.ts";
import type { AllowedOverlap, ArenaRequest } from "./arena.ts";
import { distancesByWriter } from "./arena_constraints.ts";

interface Block extends ArenaRequest {
  readonly index: number;
  /** Blocks this one may overwrite, and the least distance of each. */
  readonly readers: ReadonlyMap<number, number>;
}

/** Bytes that every legal layout takes at least. */
export function arenaBound(requests: readonly ArenaRequest[], overlaps: readonly AllowedOverlap[]): number {
  const largest = requests.reduce((most, { bytes }) => Math.max(most, bytes), 0);
  return stepBounds(requests, overlaps).reduce((most, { bytes }) => Math.max(most, bytes), largest);
}

/** The same of each step at which blocks come into use, in order. */
export function stepBounds(
  requests: readonly ArenaRequest[],
  overlaps: readonly AllowedOverlap[],
): { readonly step: number; readonly bytes: number }[] {
  const distances = distancesByWriter(requests.length, overlaps);
  const blocks: Block[] = requests.map((request, index) => ({
    ...request,
    index,
    readers: distances[index] ?? new Map(),
  }));
  blocks.sort((a, b) => a.first - b.first);
  let live: Block[] = [];
  return blocks.flatMap((block, position) => {
    live = live.filter((earlier) => earlier.last >= block.first);
    live.push(block);
    // The set in use is at its largest once all the blocks that start at this step are in.
    if (blocks[position + 1]?.first === block.first) return [];
    return [{ step: block.first, bytes: stepBound(live) }];
  });
}

/**
 * Bytes that the blocks in use at one step take at least. Blocks whose alignment is `grid` or more lie on
 * multiples of it, so each takes whole grid cells, but for the end of the topmost. Every `grid` gives a bound
 * of its own on the blocks aligned to it.
 */
function stepBound(live: readonly Block[]): number {
  let bound = 0;
  for (const grid of new Set(live.map((block) => block.align))) {
    // Leaving out the blocks that both overwrite and are overwritten keeps the bound true and readers disjoint.
    const aligned = oneWay(live.filter((block) => block.align >= grid));
    let cells = 0;
    let slack = 0;
    for (const { bytes } of aligned) {
      const rounded = alignUp(bytes, grid);
      cells += rounded;
      slack = Math.max(slack, rounded - bytes);
    }
    bound = Math.max(bound, cells - slack - sharedBytes(aligned, grid));
  }
  return bound;
}

/** `live` without the blocks that overwrite one and are overwritten by another at the same step. */
function oneWay(live: readonly Block[]): readonly Block[] {
  const written = new Set<number>();
  for (const writer of live) for (const reader of writer.readers.keys()) written.add(reader);
  const present = new Set(live.map((block) => block.index));
  const writes = (block: Block): boolean => [...block.readers.keys()].some((reader) => present.has(reader));
  return live.filter((block) => !written.has(block.index) || !writes(block));
}

/** The most bytes that writers and readers can have in common, on a grid. */
function sharedBytes(live: readonly Block[], grid: number): number {
  const byIndex = new Map(live.map((block) => [block.index, block]));
  const ofWriter = new Map<number, Stretch[]>();
  const ofReader = new Map<number, Stretch[]>();
  for (const writer of live) {
    for (const [index, distance] of writer.readers) {
      const reader = byIndex.get(index);
      if (!reader) continue;
      const writerBytes = alignUp(writer.bytes, grid);
      const readerBytes = alignUp(reader.bytes, grid);
      // The reader starts at least `lead` after the writer, a multiple of what both are aligned to, so what they share
      // is in the writer's bytes from `lead` on, and in the reader's bytes before the writer's end.
      const lead = alignUp(distance, Math.max(grid, Math.min(writer.align, reader.align)));
      const room = Math.max(0, writerBytes - lead);
      add(ofWriter, writer.index, { bytes: readerBytes, room: Math.min(room, writerBytes) });
      add(ofReader, index, { bytes: writerBytes, room: Math.min(room, readerBytes) });
    }
  }
  const total = (stretches: Iterable<Stretch[]>): number =>
    [...stretches].reduce((sum, each) => sum + fill(each), 0);
  return Math.min(total(ofWriter.values()), total(ofReader.values()));
}

/** A block of `bytes` that may cover part of the first (or last) `room` bytes of another. */
interface Stretch {
  readonly bytes: number;
  readonly room: number;
}

function add(stretches: Map<number, Stretch[]>, key: number, stretch: Stretch): void {
  const known = stretches.get(key);
  if (known) known.push(stretch);
  else stretches.set(key, [stretch]);
}

/** The most bytes that disjoint `stretches` can cover of one block; their rooms are nested, as all end alike. */
function fill(stretches: readonly Stretch[]): number {
  const nested = [...stretches].sort((a, b) => a.room - b.room);
  return nested.reduce((covered, { bytes, room }) => Math.min(covered + bytes, room), 0);
}
