/**
 * The order in which operators that follow each other run band by band: a band of the last one's output at a time, and of
 * the others what it needs, each row once.
 */

import type { Operator } from "../graph/graph.ts";
import type { TensorId } from "../graph/tensor.ts";
import { type Flow, rowsNeeded } from "./flow.ts";

export interface Member {
  readonly operator: Operator;
  readonly flow: Flow;
  readonly output: TensorId;
  /** Of the output. */
  readonly rows: number;
  /** Whether somebody else needs the output; otherwise only as many rows are kept as members still need. */
  readonly kept: boolean;
}

/** What one member does for a band. */
export interface Part {
  /** The rows that it computes; none where `end` is `first`. */
  readonly first: number;
  readonly end: number;
  /** The first row that is still needed. */
  readonly start: number;
}

/** For each member: how far its rows must get for others to get to `ends`, which is known of the last one. */
function endsOf(members: readonly Member[], done: readonly number[], target: number): number[] {
  const lastBand = target === members.at(-1)?.rows;
  const ends = members.map(({ kept, rows }, k) => (kept && lastBand ? rows : (done[k] ?? 0)));
  ends[members.length - 1] = target;
  for (let k = members.length - 1; k >= 0; k--) {
    const member = members[k];
    const [first = 0, end = 0] = [done[k], ends[k]];
    if (!member || end <= first) continue;
    for (const [q, rows] of producers(members, member)) {
      ends[q] = Math.max(ends[q] ?? 0, rowsNeeded(member.flow, [first, end], rows)[1]);
    }
  }
  return ends;
}

/** The members whose outputs a member takes rows of, and how many these have. */
function producers(members: readonly Member[], { operator, flow }: Member): [index: number, rows: number][] {
  return members.flatMap(({ output, rows }, index): [number, number][] =>
    flow.sliced.some((position) => operator.inputs[position] === output) ? [[index, rows]] : [],
  );
}

/** The first row of each output that a later row depends on. */
function startsOf(members: readonly Member[], done: readonly number[]): number[] {
  const starts = [...done];
  members.forEach((member, k) => {
    const first = done[k] ?? 0;
    if (first === member.rows) return;
    for (const [q, rows] of producers(members, member)) {
      starts[q] = Math.min(starts[q] ?? 0, rowsNeeded(member.flow, [first, first + 1], rows)[0]);
    }
  });
  return starts;
}

/** The bands, of `height` rows of the last member's output each, the last of them of what is left; by member. */
export function schedule(members: readonly Member[], height: number): readonly (readonly Part[])[] {
  const total = members.at(-1)?.rows ?? 0;
  const bands: Part[][] = [];
  let done = members.map(() => 0);
  for (let target = Math.min(height, total); ; target = Math.min(target + height, total)) {
    const starts = startsOf(members, done);
    const ends = endsOf(members, done, target);
    bands.push(members.map((_, k) => ({ first: done[k] ?? 0, end: ends[k] ?? 0, start: starts[k] ?? 0 })));
    done = ends;
    if (target === total) return bands;
  }
}
