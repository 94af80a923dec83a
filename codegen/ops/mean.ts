/** MEAN: the mean over some dimensions, rescaled to the output where quantized (TFLite reference: reduce.h). */

import { require } from "../error.ts";
import { defineOperator } from "./descriptor.ts";
import { qlinearUnary } from "./families/onnx_elementwise.ts";
import { reducedAxes, reducedGroups, reducedShape } from "./families/onnx_reduce.ts";
import { inputShape } from "./families/onnx_shapes.ts";
import { type ReduceAttributes, reduceSpelling } from "./families/reduce.ts";
import { sumReduction } from "./families/reduce_sum.ts";
import type { OnnxNode, OnnxReader, OnnxReading } from "./onnx_spelling.ts";

/** The dimensions after batch and channels. */
function spatialAxes(node: OnnxNode): number[] {
  require(node.integer("channels_last", 0) === 0, () =>
    "expects channels first, found channels_last 1. Export the model in ONNX's own layout.");
  return inputShape(node).flatMap((_, d) => (d < 2 ? [] : [d]));
}

function readOnnx(node: OnnxReader, axes: readonly number[]): OnnxReading<ReduceAttributes> {
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

export const mean = defineOperator<ReduceAttributes>({
  kind: "mean",
  tflite: [reduceSpelling(40, "MEAN")],
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
  ...sumReduction("mean"),
});
