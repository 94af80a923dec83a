/** Batched products of matrices in any layout: shapes, loops, how far writes stay behind reads, kernel arguments. */

import { OperatorFault, require } from "../../error.ts";
import type { Strided } from "../../graph/strides.ts";
import { dimensions, elementBytes, type Tensor } from "../../graph/tensor.ts";
import type { Argument } from "../descriptor.ts";
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

/** The loops of a product; those over batches outermost first, with as few as it needs. */
export interface ProductLoops {
  readonly batches: readonly ProductLoop[];
  readonly rows: ProductLoop;
  readonly columns: ProductLoop;
  readonly depth: ProductLoop;
}

/** Loops over batches that kernels have; more become one call for each trip of the outer ones. */
const KERNEL_LEVELS = 2;
/** Calls that a layer may take; more than that is a shape that no network has. */
const MAX_CALLS = 64;
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

/** The loops of a product, batches that step alike merged, those that only add rows or columns too. */
export function productLoops({ x, y, output }: ProductLayouts): ProductLoops {
  const rank = output.shape.length;
  const loop = (axis: number, steps: Partial<ProductLoop>): ProductLoop => ({
    count: output.shape.at(axis) ?? 1,
    x: step(x, axis),
    y: step(y, axis),
    output: step(output, axis),
    ...steps,
  });
  const depth = { count: x.shape.at(-1) ?? 1, x: step(x, -1), y: step(y, -2), output: 0 };
  let rows = loop(-2, { y: 0 });
  let columns = loop(-1, { x: 0 });
  const batches: ProductLoop[] = [];
  for (let axis = -3; axis >= -rank; axis--) {
    const outer = loop(axis, {});
    if (outer.count === 1) continue;
    const [inner] = batches;
    const merged = inner && merge(outer, inner);
    const asRows = inner || outer.y !== 0 ? undefined : merge(outer, rows);
    const asColumns = inner || outer.x !== 0 ? undefined : merge(outer, columns);
    if (merged) batches[0] = merged;
    else if (asRows) rows = asRows;
    else if (asColumns) columns = asColumns;
    else batches.unshift(outer);
  }
  return { batches, rows, columns, depth };
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
export function productMacs({ batches, rows, columns, depth }: ProductLoops): number {
  return [...batches, rows, columns, depth].reduce((product, { count }) => product * count, 1);
}

/** Steps, in elements, of one trip of loops over batches that are unrolled into calls. */
type Start = Pick<ProductLoop, "x" | "y" | "output">;

function starts(loops: readonly ProductLoop[]): Start[] {
  return loops.reduce<Start[]>(
    (before, { count, ...steps }) =>
      before.flatMap((start) =>
        Array.from({ length: count }, (_, trip) => ({
          x: start.x + trip * steps.x,
          y: start.y + trip * steps.y,
          output: start.output + trip * steps.output,
        })),
      ),
    [{ x: 0, y: 0, output: 0 }],
  );
}

/** Throws an `OperatorFault` where a product would take more calls than a layer may have. */
export function checkLoops(loops: ProductLoops): void {
  const calls = loops.batches.slice(0, -KERNEL_LEVELS).reduce((product, { count }) => product * count, 1);
  if (calls <= MAX_CALLS) return;
  throw new OperatorFault(
    `multiplies in more than ${MAX_CALLS} pieces, which is not supported; expected batch dimensions that broadcast in fewer, found ${calls}. Split the operator.`,
  );
}

/** In which order a kernel reads and writes: `rows` of x together; `packed`: these rows, and a whole y, are copied first. */
export interface ProductOrder {
  readonly rows: number;
  readonly packed: boolean;
}

/**
 * How far before operand `key` the output must start, in bytes, so that no write meets what is still to be read: row after
 * row, column after column is written, each element when its sum is complete.
 */
export function productOverlap(
  loops: ProductLoops,
  key: "x" | "y",
  elementBytes: number,
  order: ProductOrder = { rows: 1, packed: false },
): number {
  const { rows, columns } = loops;
  const lastColumn = (columns.count - 1) * columns.output;
  let distance = 0;
  // Backwards, so that `pending` is the lowest element that is read after the writes of these rows begin.
  let pending = Infinity;
  for (const start of starts(loops.batches).reverse()) {
    const lastTile = Math.floor((rows.count - 1) / order.rows) * order.rows;
    for (let row = lastTile; row >= 0; row -= order.rows) {
      const last = Math.min(row + order.rows, rows.count) - 1;
      const first = start[key] + row * rows[key];
      if (!order.packed) pending = Math.min(pending, first);
      const written = start.output + last * rows.output + lastColumn + 1;
      if (pending !== Infinity) distance = Math.max(distance, written - pending);
      if (order.packed && key === "x") pending = Math.min(pending, first);
    }
    if (order.packed && key === "y") pending = Math.min(pending, start.y);
  }
  return distance * elementBytes;
}

/** The calls that run a product: where operands start and all loops, in bytes. */
export function productCalls(
  loops: ProductLoops,
  tensors: { readonly x: Tensor; readonly y: Tensor; readonly output: Tensor },
): Argument[][] {
  const bytes = elementBytes(tensors.output.dtype);
  const none: ProductLoop = { count: 1, x: 0, y: 0, output: 0 };
  const kernel = loops.batches.slice(-KERNEL_LEVELS);
  const [outer, inner] = [none, none, ...kernel].slice(-KERNEL_LEVELS);
  const loop = (name: string, plural: string, level: ProductLoop, keys: readonly (keyof Start)[]) => [
    { name: plural, literal: level.count },
    ...keys.map((key) => ({ name: `${key}_${name}`, literal: level[key] * bytes })),
  ];
  return starts(loops.batches.slice(0, -KERNEL_LEVELS)).map((start): Argument[] => [
    { name: "x", input: 0, offset: start.x * bytes, note: dimensions(tensors.x.shape) },
    { name: "y", input: 1, offset: start.y * bytes, note: dimensions(tensors.y.shape) },
    { name: "output", output: 0, offset: start.output * bytes, note: dimensions(tensors.output.shape) },
    ...loop("outer", "outer", outer ?? none, ["x", "y", "output"]),
    ...loop("batch", "batches", inner ?? none, ["x", "y", "output"]),
    ...loop("row", "rows", loops.rows, ["x", "output"]),
    ...loop("column", "columns", loops.columns, ["y", "output"]),
    ...loop("depth", "depth", loops.depth, ["x", "y"]),
  ]);
}
