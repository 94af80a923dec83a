/**
 * Makes a network fit less memory: where its arena takes most, operators that follow each other run band by band, so that
 * of the tensors between them only a few rows exist at a time (after Lin et al., "MCUNetV2: Memory-Efficient Patch-based
 * Inference for Tiny Deep Learning", 2021, but without computing a row twice: rows that two bands need are kept).
 */

import type { Graph } from "../graph/graph.ts";
import { layoutArena } from "../plan/arena.ts";
import type { Target } from "../plan/target.ts";
import { arenaMeter, type Meter } from "./meter.ts";
import { type Banded, type Group, inBands, membersOf } from "./split.ts";

/** Operators of a group, at most. */
const MOST_MEMBERS = 8;
/** Parts of the allowed memory that the search aims at, one after another until what it finds fits: it goes downhill only. */
const AIMS = [1, 0.85, 0.7, 0.5, 0];
/** The next larger height of bands is about this much larger. */
const COARSER = 1.3;

interface Attempt {
  readonly groups: readonly Group[];
  readonly banded: Banded;
  /** Bytes that each operator of the original graph takes with what lives beside it. */
  readonly bytes: readonly number[];
}

export interface Fitted {
  readonly graph: Graph;
  /** Bytes of the arena without bands. */
  readonly wholeBytes: number;
}

/**
 * The graph with as few bands as the search finds for an arena of `maxRam` bytes, or with those that come nearest to it; the graph
 * as it is where it fits, or bands don't help. Outputs are the same, bit for bit.
 */
export function fitMemory(graph: Graph, target: Target, maxRam: number): Fitted {
  const meter = arenaMeter(target);
  const { requests, overlaps } = meter.problem(graph);
  const wholeBytes = layoutArena(requests, overlaps).bytes;
  if (wholeBytes <= maxRam) return { graph, wholeBytes };
  let nearest = attempt(graph, meter, []);
  for (const aim of AIMS) {
    const found = descend(graph, meter, aim * maxRam);
    if (most(found) < most(nearest)) nearest = found;
    if (most(nearest) <= maxRam)
      return { graph: coarsened(graph, meter, nearest, maxRam).banded.graph, wholeBytes };
  }
  return { graph: nearest.banded.graph, wholeBytes };
}

function attempt(graph: Graph, meter: Meter, groups: readonly Group[]): Attempt {
  const banded = inBands(graph, groups);
  const bytes = new Array<number>(graph.operators.length).fill(0);
  for (const { step, bytes: taken } of meter.steps(banded.graph)) {
    const origin = banded.origins[Math.max(0, Math.min(step, banded.origins.length - 1))] ?? 0;
    bytes[origin] = Math.max(bytes[origin] ?? 0, taken);
  }
  return { groups, banded, bytes };
}

function most({ bytes }: Attempt): number {
  return Math.max(...bytes);
}

/** What all operators take beyond `aim`. */
function excess({ bytes }: Attempt, aim: number): number {
  return bytes.reduce((sum, taken) => sum + Math.max(0, taken - aim), 0);
}

/** Puts operators around the peak into bands, those that help most, until nothing takes more than `aim` or nothing helps. */
function descend(graph: Graph, meter: Meter, aim: number): Attempt {
  let best = attempt(graph, meter, []);
  while (excess(best, aim) > 0) {
    const { groups } = best;
    const tried = candidates(graph, best).flatMap(({ rows, ...group }) =>
      coarsest(rows, aim, (height) => attempt(graph, meter, withGroup(groups, { ...group, height }))),
    );
    const operators = ({ banded }: Attempt) => banded.graph.operators.length;
    tried.sort((a, b) => excess(a, aim) - excess(b, aim) || operators(a) - operators(b));
    const [next] = tried;
    if (!next || excess(next, aim) >= excess(best, aim)) break;
    best = next;
  }
  return best;
}

/** The operators around the peak that could run in bands, and the rows of the last one's output. */
function candidates(graph: Graph, found: Attempt): { first: number; count: number; rows: number }[] {
  const peak = found.bytes.indexOf(most(found));
  const all: { first: number; count: number; rows: number }[] = [];
  for (let first = Math.max(0, peak - MOST_MEMBERS + 1); first <= peak; first++) {
    for (let count = Math.max(2, peak - first + 1); count <= MOST_MEMBERS; count++) {
      const rows = membersOf(graph, first, count)?.at(-1)?.rows;
      if (rows !== undefined) all.push({ first, count, rows });
    }
  }
  return all;
}

/** Groups in order with one more, which takes the place of those that it has operators in common with. */
function withGroup(groups: readonly Group[], group: Group): Group[] {
  const apart = groups.filter(
    ({ first, count }) => first + count <= group.first || group.first + group.count <= first,
  );
  return [...apart, group].sort((a, b) => a.first - b.first);
}

/** The heights of bands that are worth a try, below all rows. */
function heights(rows: number): number[] {
  const all: number[] = [];
  for (let height = 1; height < rows; height = Math.ceil(height * COARSER + 0.5)) all.push(height);
  return all;
}

/** The attempt with the highest bands that take no more than the best lower ones. */
function coarsest(rows: number, aim: number, tryHeight: (height: number) => Attempt): Attempt[] {
  let best: Attempt | undefined;
  for (const height of heights(rows)) {
    const next = tryHeight(height);
    if (!best || excess(next, aim) <= excess(best, aim)) best = next;
  }
  return best ? [best] : [];
}

/** The same groups with bands as high as `maxRam` allows: fewer calls. */
function coarsened(graph: Graph, meter: Meter, found: Attempt, maxRam: number): Attempt {
  return found.groups.reduce((best, group) => {
    const rows = membersOf(graph, group.first, group.count)?.at(-1)?.rows ?? 0;
    const higher = heights(rows).filter((height) => height > group.height);
    for (const height of higher.reverse()) {
      const next = attempt(graph, meter, withGroup(best.groups, { ...group, height }));
      if (most(next) <= maxRam) return next;
    }
    return best;
  }, found);
}
