/** Reductions over some dimensions: what files say, rules, loops of assembly/reduce and the walk of a reference. */

import { require } from "../../error.ts";
import type { Layer } from "../../graph/graph.ts";
import { type DType, elementBytes, elementCount, shapeText, type Values } from "../../graph/tensor.ts";
import type { Argument, KernelVariant, TfliteSpelling, Traits } from "../descriptor.ts";
import { flatIndex, indicesOf } from "./index_space.ts";
import { byteStrides } from "./move.ts";
import { axisOf, checkSameType, constantNumbers, oneToOne } from "./parameters.ts";

export interface ReduceAttributes {
  /** Dimensions that the reduction is over, ascending, each once. */
  readonly axes: readonly number[];
  /** Whether they stay, of size 1. */
  readonly keepDims?: boolean;
  /** `once`: sums are rounded once, not twice as TFLite Micro does. */
  readonly rounding?: "once";
}

export type Reduction = Layer<ReduceAttributes>;

/** How .tflite spells a reduction. */
export function reduceSpelling(code: number, name: string): TfliteSpelling<ReduceAttributes> {
  return {
    code,
    name,
    options: { keepDims: { id: 0, type: "bool" } },
    read(operator) {
      const rank = operator.inputs[0]?.shape.length ?? 0;
      const axes = constantNumbers(operator.inputs[1], "axes").map((axis) => axisOf(axis, rank));
      const ascending = [...new Set(axes)].sort((a, b) => a - b);
      return { attributes: { axes: ascending, keepDims: operator.option("keepDims") !== 0 }, inputs: [0] };
    },
  };
}

/** Neighbouring dimensions that are all reduced or all kept, as one: how many indices, and bytes between them. */
interface Span {
  readonly reduced: boolean;
  readonly count: number;
  readonly step: number;
}

function spansOf(layer: Reduction): Span[] {
  const { input } = oneToOne(layer);
  const steps = byteStrides(input.shape, elementBytes(input.dtype));
  const spans: Span[] = [];
  input.shape.forEach((count, d) => {
    const reduced = layer.attributes.axes.includes(d);
    const last = spans.at(-1);
    if (count === 1) return;
    if (last?.reduced === reduced)
      spans[spans.length - 1] = { reduced, count: last.count * count, step: steps[d] ?? 1 };
    else spans.push({ reduced, count, step: steps[d] ?? 1 });
  });
  return spans;
}

/** How many values each result is of. */
export function reducedCount(layer: Reduction): number {
  const { input } = oneToOne(layer);
  return layer.attributes.axes.reduce((product, axis) => product * (input.shape[axis] ?? 1), 1);
}

/** The loops of kept dimensions in a call, and of reduced ones; more of the latter there can't be. */
const KEPT_LEVELS = 2;
const REDUCED_LEVELS = 3;
/** Calls that a layer may take; more than that is a shape that no network has. */
const MAX_CALLS = 64;

/** Types and shapes of a reduction. */
export function checkReduction(layer: Reduction, types: readonly DType[]): void {
  const { input, output } = oneToOne(layer);
  const { axes } = layer.attributes;
  require(types.includes(input.dtype), () =>
    `expects ${types.join(", ")}, found ${input.dtype}. Quantize the model to int8.`);
  checkSameType(input, output);
  const kept = (shape: readonly number[]) => shape.filter((size) => size > 1).join();
  require(kept(input.shape.filter((_, d) => !axes.includes(d))) === kept(output.shape), () =>
    `expects an output that holds the dimensions of ${shapeText(input)} other than ${axes.join(", ")}, found ${shapeText(output)}. The file may be damaged; re-export it.`);
  const spans = spansOf(layer);
  const outer = spans.filter(({ reduced }) => !reduced).slice(0, -KEPT_LEVELS);
  require(spans.filter(({ reduced }) => reduced).length <= REDUCED_LEVELS &&
    elementCount(outer.map(({ count }) => count)) <= MAX_CALLS, () =>
    `expects at most ${REDUCED_LEVELS} groups of neighbouring dimensions to reduce, and few between them; found ${axes.join(", ")} of ${shapeText(input)}. Swap dimensions before it.`);
}

/** The shape of the only output. */
export function reducedShapes({ inputs, attributes }: Pick<Reduction, "inputs" | "attributes">): number[][] {
  const { axes, keepDims } = attributes;
  return [(inputs[0]?.shape ?? []).flatMap((size, d) => (axes.includes(d) ? (keepDims ? [1] : []) : [size]))];
}

const keepsChannels = (layer: Reduction) =>
  !layer.attributes.axes.includes(oneToOne(layer).input.shape.length - 1);

/** The traits of a reduction, of values that are taken `inOrder` or in any. */
export function reduceTraits(inOrder: (layer: Reduction) => boolean = () => false): Traits<ReduceAttributes> {
  return {
    reduces: (layer) => (inOrder(layer) ? [] : layer.attributes.axes),
    channels: (layer) => (keepsChannels(layer) ? "each" : undefined),
  };
}

const NONE = { count: 1, step: 0 };

/** Counts and steps of a call's loops; an outer step starts from where the level inside ends. */
function loopArguments(kept: readonly Span[], reduced: readonly Span[]): Argument[] {
  const [inner = NONE, outer = NONE] = [...kept].reverse();
  const [columns = NONE, rows = NONE, planes = NONE] = [...reduced].reverse();
  const left = (level: Pick<Span, "count" | "step">, ...inside: readonly Pick<Span, "count" | "step">[]) =>
    level.count === 1 ? 0 : level.step - inside.reduce((sum, { count, step }) => sum + count * step, 0);
  return [
    { name: "outer", literal: outer.count },
    { name: "outer_step", literal: left(outer, inner) },
    { name: "inner", literal: inner.count },
    { name: "inner_step", literal: inner.step },
    { name: "planes", literal: planes.count },
    { name: "plane_step", literal: left(planes, rows) },
    { name: "rows", literal: rows.count },
    { name: "row_step", literal: left(rows, columns) },
    { name: "columns", literal: columns.count },
    { name: "column_step", literal: columns.step },
  ];
}

/** Calls of a kernel: `head`, input, output, loops and `tail`. Kept dimensions that it has no loop for take a call each. */
function reduceCalls(layer: Reduction, head: readonly Argument[], tail: readonly Argument[]): Argument[][] {
  const { input, output } = oneToOne(layer);
  const spans = spansOf(layer);
  const kept = spans.filter(({ reduced }) => !reduced);
  let starts = [0];
  for (const { count, step } of kept.slice(0, -KEPT_LEVELS)) {
    starts = starts.flatMap((start) => Array.from({ length: count }, (_, trip) => start + trip * step));
  }
  const outputBytes = (elementCount(output.shape) / starts.length) * elementBytes(output.dtype);
  return starts.map((start, call) => [
    ...head,
    { name: "input", input: 0, offset: start, note: shapeText(input) },
    { name: "output", output: 0, offset: call * outputBytes, note: shapeText(output) },
    ...loopArguments(
      kept.slice(-KEPT_LEVELS),
      spans.filter(({ reduced }) => reduced),
    ),
    ...tail,
  ]);
}

/** A kernel of assembly/reduce for layers of some types, with what its arguments are beside the loops. */
export function reduceVariant(
  name: string,
  types: readonly DType[],
  extra: (layer: Reduction) => { readonly head?: readonly Argument[]; readonly tail?: readonly Argument[] },
): KernelVariant<ReduceAttributes> {
  return {
    name,
    file: "reduce/portable",
    fits: (layer) => types.includes(oneToOne(layer).input.dtype),
    cost: (layer) => elementCount(oneToOne(layer).input.shape) * 4,
    // Each result lies at or before the first of its values, and the next one's come after that.
    overlap: () => 0,
    calls(layer) {
      const { head = [], tail = [] } = extra(layer);
      return reduceCalls(layer, head, tail);
    },
  };
}

/** The bytes of an element, as an argument. */
export function bytesArgument(layer: Reduction): Argument {
  return { name: "bytes", literal: elementBytes(oneToOne(layer).input.dtype) };
}

/**
 * For references: each result is what `step` makes of its values, in the order in which they lie, from what it made of
 * those before; `undefined` before the first.
 */
export function reduceValues<T>(
  layer: Reduction,
  values: Values | undefined,
  step: (before: T | undefined, value: number | bigint) => T,
): T[] {
  const { input, output } = oneToOne(layer);
  const { axes } = layer.attributes;
  const kept = input.shape.map((size, d) => (axes.includes(d) ? 1 : size));
  const results = new Array<T>(elementCount(output.shape));
  let at = 0;
  for (const index of indicesOf(input.shape)) {
    const target = flatIndex(
      kept,
      index.map((i, d) => (axes.includes(d) ? 0 : i)),
    );
    results[target] = step(results[target], values?.[at] ?? 0);
    at += 1;
  }
  return results;
}
