/** Broadcasting of two shapes, collapsed to as few loop levels as it needs. */

import { OperatorFault } from "../../error.ts";

/** A loop level: its trip count and each operand's stride in elements, 0 where the operand repeats. */
export interface BroadcastLevel {
  readonly count: number;
  readonly a: number;
  readonly b: number;
}

/** The shape that two shapes broadcast to. Throws an `OperatorFault` where they don't. */
export function broadcastShape(a: readonly number[], b: readonly number[]): number[] {
  const rank = Math.max(a.length, b.length);
  return Array.from({ length: rank }, (_, axis) => {
    const x = a[axis - rank + a.length] ?? 1;
    const y = b[axis - rank + b.length] ?? 1;
    if (x !== y && x !== 1 && y !== 1) {
      throw new OperatorFault(
        `expects shapes that broadcast, found ${a.join("×")} and ${b.join("×")}. The file may be damaged; re-export it.`,
      );
    }
    return Math.max(x, y);
  });
}

/** Loop levels, outermost first, at least one; neighbours that step alike are one level. */
export function broadcastLevels(a: readonly number[], b: readonly number[]): BroadcastLevel[] {
  const shape = broadcastShape(a, b);
  const levels: BroadcastLevel[] = [];
  let aStride = 1;
  let bStride = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    const count = shape[axis] ?? 1;
    const x = a[axis - shape.length + a.length] ?? 1;
    const y = b[axis - shape.length + b.length] ?? 1;
    const level = { count, a: x === 1 ? 0 : aStride, b: y === 1 ? 0 : bStride };
    aStride *= x;
    bStride *= y;
    if (count === 1) continue;
    const [inner] = levels;
    const continues = (stride: number, innerStride: number) => stride === innerStride * (inner?.count ?? 1);
    if (inner && continues(level.a, inner.a) && continues(level.b, inner.b)) {
      levels[0] = { count: count * inner.count, a: inner.a, b: inner.b };
    } else {
      levels.unshift(level);
    }
  }
  return levels.length > 0 ? levels : [{ count: 1, a: 0, b: 0 }];
}

/** Calls `visit` with the element indices of both operands, in the order of the output. */
export function forEachPair(
  a: readonly number[],
  b: readonly number[],
  visit: (a: number, b: number, output: number) => void,
): void {
  const shape = broadcastShape(a, b);
  const total = shape.reduce((product, count) => product * count, 1);
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
  for (let output = 0; output < total; output++) visit(indexOf(a, output), indexOf(b, output), output);
}
