/**
 * The most instructions that any input can make a module execute, proven from where its control flow depends on what it loads.
 *
 * Everything loaded from memory, and what is computed from it or assigned where such a value decides, is **open**; all else
 * is the same for every input. A piece of code that no open value decides about runs as often as it was counted. One that an
 * open value may skip runs at most as often as the piece that decided, if no loop lies in between. A loop whose end an open
 * value decides, or that it may skip, has no bound here.
 */

import { instructionsOf } from "./count.ts";
import type { Segment } from "./instrument.ts";
import type { ModuleShape } from "./module.ts";
import { type Knowledge, OpenValues } from "./open_values.ts";

export interface Bound {
  /** `undefined` where no bound is proven. */
  readonly instructions: number | undefined;
  /** Indices of the functions that have no bound. */
  readonly open: readonly number[];
}

/** `executed`: how often each segment ran in one inference, as `countInstructions` gives it. */
export function boundOf(
  module: ModuleShape,
  segments: readonly Segment[],
  executed: readonly number[],
): Bound {
  const known = module.functions.map(
    ({ signature }): Knowledge => ({
      parameters: new Array<boolean>(signature.parameters).fill(false),
      result: false,
      optional: false,
      loops: new Map(),
    }),
  );
  const firsts = new Map<number, number>();
  segments.forEach(({ function: index }, segment) => {
    if (!firsts.has(index)) firsts.set(index, segment);
  });
  let limits: (number | undefined)[] = [];
  let open = new Set<number>();
  for (let changed = true; changed; ) {
    changed = false;
    limits = [];
    open = new Set();
    module.functions.forEach((_, index) => {
      const walk = new OpenValues(module, index, known, firsts.get(index) ?? 0);
      walk.run();
      changed ||= walk.changed;
      if (walk.unbounded) open.add(index);
      walk.deciders.forEach((decider, position) => {
        limits[(firsts.get(index) ?? 0) + position] = decider;
      });
    });
  }
  known.forEach(({ optional }, index) => {
    if (optional) open.add(index);
  });
  if (open.size > 0) return { instructions: undefined, open: [...open] };
  const instructions = segments.reduce((sum, { counts }, segment) => {
    const times = executed[limits[segment] ?? segment] ?? 0;
    return sum + times * instructionsOf(counts);
  }, 0);
  return { instructions, open: [] };
}
