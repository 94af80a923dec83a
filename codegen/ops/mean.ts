/** MEAN: the mean over some dimensions, int8, rescaled to the output (TFLite reference: reduce.h, QuantizedMeanOrSum). */

import { require } from "../error.ts";
import { clamp, type FixedFactor, fixedFactor, onceFactor, requantize } from "../graph/fixed_point.ts";
import { elementCount, shapeText } from "../graph/tensor.ts";
import { type Argument, defineOperator, type Layer, type Values } from "./descriptor.ts";
import { scaleOf, zeroPointOf } from "./families/activation.ts";
import { flatIndex, indicesOf } from "./families/index_space.ts";
import { byteStrides } from "./families/move.ts";
import { qlinearUnary } from "./families/onnx_elementwise.ts";
import { reducedAxes, reducedGroups, reducedShape } from "./families/onnx_reduce.ts";
import { inputShape } from "./families/onnx_shapes.ts";
import { axisOf, constantNumbers, oneToOne } from "./families/parameters.ts";
import type { OnnxNode, OnnxReader, OnnxReading } from "./onnx_spelling.ts";

interface MeanAttributes {
  /** Dimensions that the mean is over, ascending, each once. */
  readonly axes: readonly number[];
  /** `once`: sums are rounded once, not twice as TFLite Micro does. */
  readonly rounding?: "once";
}

type Mean = Layer<MeanAttributes>;

/** Neighbouring dimensions that are all reduced or all kept, as one: how many indices, and bytes between them. */
interface Span {
  readonly reduced: boolean;
  readonly count: number;
  readonly step: number;
}

function spansOf(layer: Mean): Span[] {
  const { input } = oneToOne(layer);
  const steps = byteStrides(input.shape, 1);
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

/** How many values each mean is of. */
function sizeOf(layer: Mean): number {
  const { input } = oneToOne(layer);
  return layer.attributes.axes.reduce((product, axis) => product * (input.shape[axis] ?? 1), 1);
}

/** The scale factor with the division by the number of values worked into its multiplier, which is cut off. */
function factorOf(layer: Mean): FixedFactor {
  const { input, output } = oneToOne(layer);
  const size = sizeOf(layer);
  if (layer.attributes.rounding) return onceFactor(scaleOf(input) / scaleOf(output) / size);
  const { multiplier, shift } = fixedFactor(scaleOf(input) / scaleOf(output));
  const bits = Math.min(Math.floor(Math.log2(size)), 32, 31 + shift);
  return { multiplier: Number((BigInt(multiplier) << BigInt(bits)) / BigInt(size)), shift: shift - bits };
}

function evaluate(layer: Mean, [values]: readonly (Values | undefined)[]): Values[] {
  const { input, output } = oneToOne(layer);
  const { axes } = layer.attributes;
  const kept = input.shape.map((size, d) => (axes.includes(d) ? 1 : size));
  const sums = new Int32Array(elementCount(output.shape));
  let at = 0;
  for (const index of indicesOf(input.shape)) {
    const target = flatIndex(
      kept,
      index.map((i, d) => (axes.includes(d) ? 0 : i)),
    );
    sums[target] = (sums[target] ?? 0) + Number(values?.[at]);
    at += 1;
  }
  const factor = factorOf(layer);
  const bias = zeroPointOf(input) * sizeOf(layer);
  return [
    Int8Array.from(sums, (sum) =>
      clamp(requantize((sum - bias) | 0, factor) + zeroPointOf(output), -128, 127),
    ),
  ];
}

function loops(layer: Mean): Argument[] {
  const spans = spansOf(layer);
  const none = { count: 1, step: 0 };
  const [inner = none, outer = none] = spans.filter(({ reduced }) => !reduced).reverse();
  const [columns = none, rows = none] = spans.filter(({ reduced }) => reduced).reverse();
  return [
    { name: "outer", literal: outer.count },
    { name: "outer_step", literal: outer.count === 1 ? 0 : outer.step - inner.count * inner.step },
    { name: "inner", literal: inner.count },
    { name: "inner_step", literal: inner.step },
    { name: "rows", literal: rows.count },
    { name: "row_step", literal: rows.count === 1 ? 0 : rows.step - columns.count * columns.step },
    { name: "columns", literal: columns.count },
    { name: "column_step", literal: columns.step },
  ];
}

/** The dimensions after batch and channels. */
function spatialAxes(node: OnnxNode): number[] {
  require(node.integer("channels_last", 0) === 0, () =>
    "expects channels first, found channels_last 1. Export the model in ONNX's own layout.");
  return inputShape(node).flatMap((_, d) => (d < 2 ? [] : [d]));
}

function readOnnx(node: OnnxReader, axes: readonly number[]): OnnxReading<MeanAttributes> {
  const order = node.order(0);
  const input = node.arranged(
    0,
    order.map((dim) => [dim]),
  );
  const places = order.flatMap((dim, place) => (axes.includes(dim) ? [place] : []));
  return {
    attributes: { axes: places, rounding: "once" },
    inputs: [input],
    outputs: [reducedGroups(node, order, axes)],
  };
}

export const mean = defineOperator<MeanAttributes>({
  kind: "mean",
  tflite: [
    {
      code: 40,
      name: "MEAN",
      options: { keepDims: { id: 0, type: "bool" } },
      read(operator) {
        const rank = operator.inputs[0]?.shape.length ?? 0;
        const axes = constantNumbers(operator.inputs[1], "axes").map((axis) => axisOf(axis, rank));
        return { attributes: { axes: [...new Set(axes)].sort((a, b) => a - b) }, inputs: [0] };
      },
    },
  ],
  onnx: [
    {
      name: "GlobalAveragePool",
      quantized: [qlinearUnary("QLinearGlobalAveragePool")],
      shapes: (node) => [inputShape(node).map((size, d) => (d < 2 ? size : 1))],
      coding: "within",
      read: (node) => readOnnx(node, spatialAxes(node)),
    },
    {
      name: "ReduceMean",
      quantized: [qlinearUnary("QLinearReduceMean")],
      shapes: (node) => [reducedShape(node)],
      coding: "within",
      read: (node) => readOnnx(node, reducedAxes(node)),
    },
  ],
  check(layer) {
    const { input, output } = oneToOne(layer);
    require(input.dtype === "int8" && output.dtype === "int8", () =>
      `expects int8 input and output, found ${input.dtype} and ${output.dtype}. Quantize the model to int8.`);
    const { axes } = layer.attributes;
    const kept = (shape: readonly number[]) => shape.filter((size) => size > 1).join();
    require(kept(input.shape.filter((_, d) => !axes.includes(d))) === kept(output.shape), () =>
      `expects an output that holds the dimensions of ${shapeText(input)} other than ${axes.join(", ")}, found ${shapeText(output)}. The file may be damaged; re-export it.`);
    const spans = spansOf(layer);
    require(spans.length <= 4 && spans.filter(({ reduced }) => reduced).length <= 2, () =>
      `expects a mean over at most two groups of neighbouring dimensions, found ${axes.join(", ")} of ${shapeText(input)}. Take the mean in two operators.`);
    // Sums of int8 stay within int32 up to here.
    require(sizeOf(layer) <= 2 ** 23, () =>
      `expects means of at most 8,388,608 values, found ${sizeOf(layer)}. Take the mean in two operators.`);
    scaleOf(input);
    scaleOf(output);
  },
  evaluate,
  traits: {
    reduces: (layer) => layer.attributes.axes,
    channels(layer) {
      const { input } = oneToOne(layer);
      return layer.attributes.axes.includes(input.shape.length - 1) ? undefined : "each";
    },
  },
  variants: [
    {
      name: "mean_s8",
      file: "mean/portable",
      fits: () => true,
      cost: (layer) => elementCount(oneToOne(layer).input.shape) * 4,
      // Each mean lies at or before the first of its values, and the next one's come after that.
      overlap: () => 0,
      calls(layer) {
        const { input, output } = oneToOne(layer);
        const { multiplier, shift } = factorOf(layer);
        return [
          [
            { name: "input", input: 0, note: input.shape.join("×") },
            { name: "output", output: 0 },
            ...loops(layer),
            { name: "bias", literal: -zeroPointOf(input) * sizeOf(layer) },
            { name: "multiplier", literal: multiplier },
            { name: "shift", literal: shift },
            { name: "output_zero_point", literal: zeroPointOf(output) },
          ],
        ];
      },
    },
  ],
  limits: "int8; constant axes, in at most two groups of neighbours",
});
