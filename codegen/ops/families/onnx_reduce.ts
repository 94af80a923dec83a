/** ONNX's reductions over some dimensions. */

import { require } from "../../error.ts";
import { exp, log } from "../../graph/elementary.ts";
import { endsOf } from "../../graph/ends.ts";
import type { Groups } from "../../graph/layout.ts";
import type {
  Combination,
  OnnxNode,
  OnnxOperand,
  OnnxReader,
  OnnxReading,
  OnnxResults,
  OnnxSpelling,
} from "../onnx_spelling.ts";
import { qlinearUnary } from "./onnx_elementwise.ts";
import { axesInput, inputShape } from "./onnx_shapes.ts";
import type { ReduceAttributes } from "./reduce.ts";

type Spelling = OnnxSpelling<ReduceAttributes>;

/** The dimensions that a node reduces; all where it names none, unless it says that none is none. */
function reducedAxes(node: OnnxNode): number[] {
  const { length } = inputShape(node);
  const axes = axesInput(node, 1, length) ?? [];
  if (axes.length > 0 || node.integer("noop_with_empty_axes", 0) !== 0) return axes;
  return Array.from({ length }, (_, d) => d);
}

/** The dimensions after batch and channels. */
function spatialAxes(node: OnnxNode): number[] {
  require(node.integer("channels_last", 0) === 0, () =>
    "expects channels first, found channels_last 1. Export the model in ONNX's own layout.");
  return inputShape(node).flatMap((_, d) => (d < 2 ? [] : [d]));
}

function keepsDims(node: OnnxNode): boolean {
  return node.integer("keepdims", 1) !== 0;
}

/** The shape after a reduction, reduced dimensions as 1 or dropped. */
export function reducedShape(node: OnnxNode, axes = reducedAxes(node)): number[] {
  const shape = inputShape(node).map((size, d) => (axes.includes(d) ? 1 : size));
  return keepsDims(node) ? shape : shape.filter((_, d) => !axes.includes(d));
}

/** How the result lies in memory where the operand is stored in this order; a dropped dimension stays one of 1. */
export function reducedGroups(node: OnnxNode, order: readonly number[], axes: readonly number[]): Groups {
  if (keepsDims(node)) return order.map((dim) => [dim]);
  const kept = inputShape(node).flatMap((_, d) => (axes.includes(d) ? [] : [d]));
  return order.map((dim) => (axes.includes(dim) ? [] : [kept.indexOf(dim)]));
}

function read(node: OnnxReader, axes: readonly number[]): OnnxReading<ReduceAttributes> {
  const order = node.order(0);
  const input = node.arranged(
    0,
    order.map((dim) => [dim]),
  );
  const places = order.flatMap((dim, place) => (axes.includes(dim) ? [place] : []));
  return {
    attributes: { axes: places, keepDims: true, rounding: "once" },
    inputs: [input],
    outputs: [reducedGroups(node, order, axes)],
  };
}

function reduction(name: string, combine: Combination["combine"], more: Partial<Spelling> = {}): Spelling {
  return {
    name,
    shapes: (node) => [reducedShape(node)],
    combines: (node) => ({ axes: reducedAxes(node), combine }),
    carries: [0],
    read: (node) => read(node, reducedAxes(node)),
    ...more,
  };
}

const square = (value: number) => value * value;

function added(values: readonly number[], of = (value: number) => value): number {
  return values.reduce((sum, value) => sum + of(value), 0);
}

const mean = (values: readonly number[]) => added(values) / values.length;

function globalPool(name: string, more: Partial<Spelling> = {}): Spelling {
  return {
    name,
    shapes: (node) => [inputShape(node).map((size, d) => (d < 2 ? size : 1))],
    read: (node) => read(node, spatialAxes(node)),
    ...more,
  };
}

export const ONNX_MEANS: readonly Spelling[] = [
  globalPool("GlobalAveragePool", {
    quantized: [qlinearUnary("QLinearGlobalAveragePool")],
    coding: "within",
  }),
  reduction("ReduceMean", mean, { quantized: [qlinearUnary("QLinearReduceMean")], coding: "within" }),
];
export const ONNX_MAXIMA: readonly Spelling[] = [
  globalPool("GlobalMaxPool", { coding: "keeps" }),
  reduction("ReduceMax", (values) => endsOf(values)[1], { coding: "keeps" }),
];
export const ONNX_REDUCE_MIN = reduction("ReduceMin", (values) => endsOf(values)[0], { coding: "keeps" });

/**
 * A reduction in float32: what it adds or multiplies has more bits than any scale that a file gives it. `before` is done
 * to each value and `after` to each result.
 */
function inFloats(
  name: string,
  kind: "sum" | "reduce_prod",
  combine: Combination["combine"],
  before: readonly string[] = [],
  after: readonly string[] = [],
): Spelling {
  return {
    ...reduction(name, combine),
    read(node): OnnxResults {
      const reading = read(node, reducedAxes(node));
      const [input] = reading.inputs;
      const [storage = []] = reading.outputs;
      if (!input) throw new RangeError(`${name} without an operand`);
      const { shape } = input.tensor;
      const reduced = shape.map((size, d) => (reading.attributes.axes.includes(d) ? 1 : size));
      const steps = [
        ...["dequantize", ...before].map((step) => ({ step, attributes: {}, shape })),
        { step: kind, attributes: { axes: reading.attributes.axes, keepDims: true }, shape: reduced },
        ...after.map((step) => ({ step, attributes: {}, shape: reduced })),
      ];
      const operand = steps.reduce<OnnxOperand | undefined>(
        (from, { step, attributes, shape: to }) =>
          node.emit(
            step,
            attributes,
            [from],
            [{ dtype: "float32", shape: to }],
            `${node.outputs[0]?.name}/${step}`,
          )[0],
        input,
      );
      return { results: [operand && { operand, storage }] };
    },
  };
}

export const ONNX_REDUCE_PROD = inFloats("ReduceProd", "reduce_prod", (values) =>
  values.reduce((product, value) => product * value, 1),
);
export const ONNX_SUMS: readonly Spelling[] = [
  reduction("ReduceSum", (values) => added(values)),
  inFloats("ReduceSumSquare", "sum", (values) => added(values, square), ["square"]),
  inFloats("ReduceL1", "sum", (values) => added(values, Math.abs), ["abs"]),
  inFloats("ReduceL2", "sum", (values) => Math.sqrt(added(values, square)), ["square"], ["sqrt"]),
  inFloats("ReduceLogSum", "sum", (values) => log(added(values)), [], ["log"]),
  inFloats("ReduceLogSumExp", "sum", (values) => log(added(values, exp)), ["exp"], ["log"]),
];
