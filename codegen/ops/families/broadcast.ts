/** Broadcasting of shapes, collapsed to as few loop levels as it needs. */

import { OperatorFault, require } from "../../error.ts";
import { dimensions, elementCount } from "../../graph/tensor.ts";

/** A loop level: its trip count and each operand's step in elements, 0 where the operand repeats. */
export interface BroadcastLevel {
  readonly count: number;
  readonly steps: readonly number[];
}

/** The shape that shapes broadcast to. Throws an `OperatorFault` where they don't. */
export function broadcastShape(...shapes: readonly (readonly number[])[]): number[] {
  const rank = Math.max(...shapes.map(({ length }) => length));
  return Array.from({ length: rank }, (_, axis) => {
    const sizes = shapes.map((shape) => shape[axis - rank + shape.length] ?? 1).filter((size) => size !== 1);
    const [size = 1] = sizes;
    if (sizes.some((other) => other !== size)) {
      throw new OperatorFault(
        `expects shapes that broadcast, found ${shapes.map(dimensions).join(" and ")}. The file may be damaged; re-export it.`,
      );
    }
    return size;
  });
}

/** Loop levels, outermost first, at least one; neighbours that step alike are one level. */
export function broadcastLevels(...shapes: readonly (readonly number[])[]): BroadcastLevel[] {
  const shape = broadcastShape(...shapes);
  const levels: BroadcastLevel[] = [];
  const strides = shapes.map(() => 1);
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    const count = shape[axis] ?? 1;
    const steps = shapes.map((operand, i) => {
      const size = operand[axis - shape.length + operand.length] ?? 1;
      const stride = strides[i] ?? 1;
      strides[i] = stride * size;
      return size === 1 ? 0 : stride;
    });
    if (count === 1) continue;
    const [inner] = levels;
    if (inner?.steps.every((step, i) => steps[i] === step * inner.count)) {
      levels[0] = { count: count * inner.count, steps: inner.steps };
    } else {
      levels.unshift({ count, steps });
    }
  }
  return levels.length > 0 ? levels : [{ count: 1, steps: shapes.map(() => 0) }];
}

/** A call's part of the loops: the inner levels, and where each operand and the output start, in elements. */
export interface BroadcastNest {
  readonly starts: readonly number[];
  readonly output: number;
  readonly levels: readonly BroadcastLevel[];
}

/** Calls that a layer may take; more than that is a shape that no network has. */
const MAX_CALLS = 64;

/** The levels beyond the inner `depth`. */
const peeledLevels = (levels: readonly BroadcastLevel[], depth: number) =>
  levels.slice(0, Math.max(0, levels.length - depth));

/** Throws an `OperatorFault` where loops of `depth` levels would be too many. */
export function checkNests(levels: readonly BroadcastLevel[], depth: number): void {
  require(elementCount(peeledLevels(levels, depth).map(({ count }) => count)) <= MAX_CALLS, () =>
    `expects at most ${depth} alternations of repeated dimensions, found ${levels.length}. Swap dimensions before it.`);
}

/** Loops of at most `depth` levels that together run all of them, one for each trip of the outer ones. */
export function broadcastNests(levels: readonly BroadcastLevel[], depth: number): BroadcastNest[] {
  const peeled = peeledLevels(levels, depth);
  const inner = levels.slice(peeled.length);
  const size = elementCount(inner.map(({ count }) => count));
  let nests: BroadcastNest[] = [{ starts: (levels[0]?.steps ?? []).map(() => 0), output: 0, levels: inner }];
  for (const { count, steps } of peeled) {
    nests = nests.flatMap(({ starts }) =>
      Array.from({ length: count }, (_, trip) => ({
        starts: starts.map((start, i) => start + trip * (steps[i] ?? 0)),
        output: 0,
        levels: inner,
      })),
    );
  }
  return nests.map((nest, call) => ({ ...nest, output: call * size }));
}

/** Calls `visit` with the element indices of all operands, in the order of the output. */
export function forEachBroadcast(
  shapes: readonly (readonly number[])[],
  visit: (indices: readonly number[], output: number) => void,
): void {
  const shape = broadcastShape(...shapes);
  const total = elementCount(shape);
  const indexOf = (operand: readonly number[], output: number) => {
    let rest = output;
    let index = 0;
    let stride = 1;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      const position = rest % (shape[axis] ?? 1);
      rest = Math.floor(rest / (shape[axis] ?? 1));
      const size = operand[axis - shape.length + operand.length] ?? 1;
      if (size !== 1) index += position * stride;
      stride *= size;
    }
    return index;
  };
  for (let output = 0; output < total; output++) {
    visit(
      shapes.map((operand) => indexOf(operand, output)),
      output,
    );
  }
}
