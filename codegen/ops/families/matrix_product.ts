/** Batched products of matrices in any layout: their shapes and loops. */

import { OperatorFault, require } from "../../error.ts";
import type { FixedFactor } from "../../graph/fixed_point.ts";
import { type Strided, transposed } from "../../graph/strides.ts";
import { dimensions, type Tensor } from "../../graph/tensor.ts";
import { zeroPointOf } from "./activation.ts";
import { broadcastShape } from "./broadcast.ts";

/** Left operand [batch…, rows, depth], right operand [batch…, depth, columns], result [batch…, rows, columns]. */
export interface ProductLayouts {
  readonly x: Strided;
  readonly y: Strided;
  readonly output: Strided;
}

/** A loop: trips, and elements from one to the next in each of the tensors. */
export interface ProductLoop {
  readonly count: number;
  readonly x: number;
  readonly y: number;
  readonly output: number;
}

/**
 * The loops of a product, as few as it needs: around rows and batches, outermost first, in the order in which the output
 * lies in memory; then columns and depth.
 */
export interface ProductLoops {
  readonly levels: readonly ProductLoop[];
  readonly columns: ProductLoop;
  readonly depth: ProductLoop;
  /** Whether the operands, and with them rows and columns, have changed places: xᵀ · yᵀ of y and x. */
  readonly exchanged: boolean;
}

/** A loop of one trip. */
export const ONCE: ProductLoop = { count: 1, x: 0, y: 0, output: 0 };
/** Calls that a layer may take; more than that is a shape that no network has. */
const MAX_CALLS = 64;
/** Rows of which it is worth knowing how near they may be written to what is still read; damaged files have more. */
export const MAX_ROWS = 2 ** 18;
/** Most that the requantization of int64 sums can shift left. */
const MAX_WIDE_SHIFT = 14;
/** Sums of that many products of int8 stay within int32. */
export const MAX_DEPTH = 32768;

/** The shape of the product of two operands. Throws an `OperatorFault` where they have none. */
export function productShape(x: Strided, y: Strided): number[] {
  const [xRank, yRank] = [x.shape.length, y.shape.length];
  require(xRank >= 2 && yRank >= 2, () =>
    `expects operands of at least 2 dimensions, found ${dimensions(x.shape)} and ${dimensions(y.shape)}. The file may be damaged; re-export it.`);
  const depth = x.shape[xRank - 1] ?? 1;
  require(depth === y.shape[yRank - 2], () =>
    `expects as many columns on the left as rows on the right, found ${dimensions(x.shape)} and ${dimensions(y.shape)}. The file may be damaged; re-export it.`);
  require(depth <= MAX_DEPTH, () =>
    `expects sums of at most ${MAX_DEPTH} products, found ${depth}. TFLite's sums overflow there.`);
  const batches = broadcastShape(x.shape.slice(0, -2), y.shape.slice(0, -2));
  return [...batches, x.shape[xRank - 2] ?? 1, y.shape[yRank - 1] ?? 1];
}

/** The step of dimension `axis`, counted from the back as negative numbers; 0 where the operand repeats there. */
function step({ shape, strides }: Strided, axis: number): number {
  return (shape.at(axis) ?? 1) === 1 || -axis > shape.length ? 0 : (strides.at(axis) ?? 0);
}

/**
 * The loops of a product. Its operands change places where the output's columns then lie closer together, or are more than
 * one, so that a kernel has several to work on; unless `bias` says that a bias belongs to its columns.
 */
export function productLoops(layouts: ProductLayouts, bias = false): ProductLoops {
  const [rows = 1, columns = 1] = layouts.output.shape.slice(-2);
  const closer = step(layouts.output, -2) < step(layouts.output, -1);
  const exchanged = !bias && rows > 1 && (closer || columns === 1);
  if (!exchanged) return { ...loopsInOrder(layouts), exchanged };
  const { x, y, output } = layouts;
  return {
    ...loopsInOrder({ x: transposed(y), y: transposed(x), output: transposed(output) }),
    exchanged,
  };
}

function loopsInOrder({ x, y, output }: ProductLayouts): Omit<ProductLoops, "exchanged"> {
  const rank = output.shape.length;
  const loop = (axis: number, steps: Partial<ProductLoop>): ProductLoop => ({
    count: output.shape.at(axis) ?? 1,
    x: step(x, axis),
    y: step(y, axis),
    output: step(output, axis),
    ...steps,
  });
  const batches = Array.from({ length: rank - 2 }, (_, d) => loop(d - rank, {}));
  const around = [...batches, loop(-2, { y: 0 })].filter(({ count }) => count > 1);
  around.sort((a, b) => b.output - a.output);
  const levels: ProductLoop[] = [];
  for (const inner of around) {
    const outer = levels.at(-1);
    const both = outer && merge(outer, inner);
    if (both) levels.pop();
    levels.push(both ?? inner);
  }
  let columns = loop(-1, { x: 0 });
  for (let last = levels.at(-1); last?.x === 0; last = levels.at(-1)) {
    const wider = merge(last, columns);
    if (!wider) break;
    columns = wider;
    levels.pop();
  }
  const depth = { count: x.shape.at(-1) ?? 1, x: step(x, -1), y: step(y, -2), output: 0 };
  return { levels, columns, depth };
}

/** Two loops as one, where the outer one goes on where the inner one ends. */
function merge(outer: ProductLoop, inner: ProductLoop): ProductLoop | undefined {
  // A loop of one trip may take any steps.
  const from = inner.count === 1 ? outer : inner;
  const goesOn = (key: "x" | "y" | "output") => outer[key] === from[key] * inner.count;
  if (!goesOn("x") || !goesOn("y") || !goesOn("output")) return undefined;
  return { ...from, count: outer.count * inner.count };
}

/** Multiply-accumulates of a product. */
export function productMacs({ levels, columns, depth }: ProductLoops): number {
  return tripsOf([...levels, columns, depth]);
}

/** Where operands and output start in one trip of some loops, in elements. */
export type Start = Pick<ProductLoop, "x" | "y" | "output">;

/** How often the innermost of `loops` runs. */
export function tripsOf(loops: readonly ProductLoop[]): number {
  return loops.reduce((product, { count }) => product * count, 1);
}

/** Where trip number `trip` of `loops` starts, outermost first. */
export function startOf(loops: readonly ProductLoop[], trip: number): Start {
  const start = { x: 0, y: 0, output: 0 };
  let rest = trip;
  for (const loop of [...loops].reverse()) {
    const index = rest % loop.count;
    rest = Math.floor(rest / loop.count);
    start.x += index * loop.x;
    start.y += index * loop.y;
    start.output += index * loop.output;
  }
  return start;
}

/** Calls that loops beyond the `levels` that a kernel has come down to, one for each trip. */
export function callsBeyond(loops: readonly ProductLoop[], levels: number): number {
  return tripsOf(loops.slice(0, -levels));
}

/** Throws an `OperatorFault` where a product would take more calls than a layer may have. */
export function checkLoops({ levels }: ProductLoops, kernelLevels: number): void {
  const calls = callsBeyond(levels, kernelLevels);
  if (calls <= MAX_CALLS) return;
  throw new OperatorFault(
    `multiplies in more than ${MAX_CALLS} pieces, which is not supported; expected batch dimensions that broadcast in fewer, found ${calls}. Split the operator.`,
  );
}

/** Throws an `OperatorFault` unless int16 tensors have zero points of 0 and a factor that int64 sums can be scaled by. */
export function checkWideProduct(tensors: readonly Tensor[], factor: FixedFactor | undefined): void {
  require(tensors.every((tensor) => zeroPointOf(tensor) === 0), () =>
    `expects int16 tensors with zero points of 0, found ${tensors.map(zeroPointOf).join(", ")}. Quantize int16 symmetrically.`);
  const shift = factor?.shift ?? 0;
  require(shift <= MAX_WIDE_SHIFT, () =>
    `expects scales whose factor is below 2^${MAX_WIDE_SHIFT}, found ${shift} bits. Re-export the model.`);
}
