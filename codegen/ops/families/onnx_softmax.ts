/** ONNX's Softmax, LogSoftmax and LpNormalization, over any dimension. */

import { require } from "../../error.ts";
import { type Coding, rangeOf } from "../../graph/coding.ts";
import type { Groups } from "../../graph/layout.ts";
import type { OnnxNode, OnnxOperand, OnnxReader, OnnxSpelling } from "../onnx_spelling.ts";
import { PROBABILITY, qlinearUnary } from "./onnx_elementwise.ts";
import { sameShape } from "./onnx_shapes.ts";
import { axisOf } from "./parameters.ts";
import type { SoftmaxAttributes } from "./softmax_s16.ts";

/** The dimension that is normalized over becomes the last one. */
function alongLast(node: OnnxReader): { input: OnnxOperand; groups: Groups } {
  const rank = node.inputs[0]?.shape.length ?? 0;
  const axis = axisOf(node.integer("axis", -1), rank);
  const rows = node.order(0).filter((dim) => dim !== axis);
  const groups = [...rows.map((dim) => [dim]), [axis]];
  return { input: node.arranged(0, groups), groups };
}

/** An operator along a dimension whose kernel leaves its results in one coding. */
function along<A>(
  name: string,
  attributes: A,
  coding: Coding,
  check: (node: OnnxNode) => void,
): OnnxSpelling<A> {
  return {
    name,
    shapes(node) {
      check(node);
      return sameShape(node);
    },
    coding,
    read(node) {
      const { input, groups } = alongLast(node);
      const wanted = node.outputs[0]?.coding ?? coding;
      const [[lowest], [asked]] = [rangeOf(coding), rangeOf(wanted)];
      require(asked >= lowest - 1, () =>
        `expects results from ${lowest} on, which its kernel gives, found a quantization from ${asked} on. Take the logarithm outside the network.`);
      return { attributes, inputs: [input], outputs: [groups], codings: [coding] };
    },
  };
}

export const ONNX_LOG_SOFTMAX = along<unknown>(
  "LogSoftmax",
  {},
  { dtype: "int8", scale: 1 / 16, zeroPoint: 127 },
  () => undefined,
);

export const ONNX_L2_NORMALIZATION = along(
  "LpNormalization",
  { activation: "none" as const },
  { dtype: "int8", scale: 1 / 128, zeroPoint: 0 },
  (node) => {
    require(node.integer("p", 2) === 2, () =>
      `expects the norm of p 2, found ${node.integer("p", 2)}. Normalize by the root of the sum of squares.`);
  },
);

export const ONNX_SOFTMAX: OnnxSpelling<SoftmaxAttributes> = {
  name: "Softmax",
  quantized: [qlinearUnary("QLinearSoftmax")],
  shapes: sameShape,
  coding: PROBABILITY,
  read(node) {
    const { input, groups } = alongLast(node);
    return { attributes: { beta: 1, rescale: true }, inputs: [input], outputs: [groups] };
  },
};
