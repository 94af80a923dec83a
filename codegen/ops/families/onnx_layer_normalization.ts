/** ONNX's LayerNormalization, over the dimensions from `axis` on. */

import { require } from "../../error.ts";
import { bytesOf } from "../../graph/tensor.ts";
import type { OnnxOperand, OnnxReader, OnnxReading, OnnxSpelling } from "../onnx_spelling.ts";
import { constantInput, inputShape, sameShape } from "./onnx_shapes.ts";
import { axisOf } from "./parameters.ts";

interface Attributes {
  readonly epsilon: number;
}

function read(node: OnnxReader): OnnxReading<Attributes> {
  const shape = inputShape(node);
  const axis = axisOf(node.integer("axis", -1), shape.length);
  const inner = shape.flatMap((_, d) => (d < axis ? [] : [d]));
  // Rows may come in any order, and so may the values of a row, with their scales and biases.
  const outer = node.order(0).filter((dim) => dim < axis);
  const groups = [...outer.map((dim) => [dim]), inner];
  const input = node.arranged(0, groups, outer.length);
  const parameters = (position: number, what: string): OnnxOperand => {
    const { values } = constantInput(node, position, what);
    require(values.length === 1 || values.length === input.columns.length, () =>
      `expects a ${what} of ${input.columns.length} values, found ${values.length}. The file may be damaged; re-export it.`);
    const data = Float32Array.from(input.columns, (column) => values[values.length === 1 ? 0 : column] ?? 0);
    const name = node.inputs[position]?.name ?? what;
    return node.constant({ shape: [data.length], dtype: "float32", data: bytesOf(data) }, name);
  };
  const scale = parameters(1, "scale");
  const inputs = node.inputs[2] ? [input, scale, parameters(2, "bias")] : [input, scale];
  return { attributes: { epsilon: node.float("epsilon", 1e-5) }, inputs, outputs: [groups] };
}

export const ONNX_LAYER_NORMALIZATION: OnnxSpelling<Attributes> = {
  name: "LayerNormalization",
  shapes: (node) => {
    require(node.outputs.length <= 1, () =>
      `expects one output, found ${node.outputs.length}. Export the model without mean and deviation.`);
    return sameShape(node);
  },
  read,
};
