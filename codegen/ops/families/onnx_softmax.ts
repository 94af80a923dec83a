/** ONNX's Softmax, over any dimension. */

import type { OnnxReader, OnnxReading, OnnxSpelling } from "../onnx_spelling.ts";
import { PROBABILITY, qlinearUnary } from "./onnx_elementwise.ts";
import { sameShape } from "./onnx_shapes.ts";
import { axisOf } from "./parameters.ts";
import type { SoftmaxAttributes } from "./softmax_s16.ts";

/** The dimension that is normalized over becomes the last one. */
function read(node: OnnxReader): OnnxReading<SoftmaxAttributes> {
  const rank = node.inputs[0]?.shape.length ?? 0;
  const axis = axisOf(node.integer("axis", -1), rank);
  const rows = node.order(0).filter((dim) => dim !== axis);
  const groups = [...rows.map((dim) => [dim]), [axis]];
  const input = node.arranged(0, groups);
  return { attributes: { beta: 1, rescale: true }, inputs: [input], outputs: [groups] };
}

export const ONNX_SOFTMAX: OnnxSpelling<SoftmaxAttributes> = {
  name: "Softmax",
  quantized: [qlinearUnary("QLinearSoftmax")],
  shapes: sameShape,
  coding: PROBABILITY,
  read,
};
