/** ONNX's elementwise operators of two operands that broadcast. */

import type { OnnxReader, OnnxReading, OnnxSpelling, QuantizedSpelling } from "../onnx_spelling.ts";
import type { BinaryAttributes } from "./binary.ts";
import { broadcastShapes } from "./onnx_shapes.ts";

/** ONNX Runtime's name for an operator with its quantization spelled out. */
function qlinear(name: string): QuantizedSpelling {
  return {
    name,
    domain: "com.microsoft",
    inputs: [
      [0, 1, 2],
      [3, 4, 5],
    ],
    output: [6, 7],
  };
}

function binary(
  name: string,
  real: (a: number, b: number) => number,
  more: Partial<OnnxSpelling<BinaryAttributes>> = {},
): OnnxSpelling<BinaryAttributes> {
  return {
    name,
    shapes: broadcastShapes,
    real: () => real as (...operands: number[]) => number,
    activates: true,
    read,
    ...more,
  };
}

function read(node: OnnxReader): OnnxReading<BinaryAttributes> {
  const { operands, storage } = node.together([0, 1]);
  return {
    attributes: { activation: node.activation, rounding: "once" },
    inputs: operands,
    outputs: [storage],
  };
}

export const ONNX_ADD = binary("Add", (a, b) => a + b, {
  linear: [0, 1],
  quantized: [qlinear("QLinearAdd")],
});
export const ONNX_SUB = binary("Sub", (a, b) => a - b, { linear: [0, 1] });
export const ONNX_MUL = binary("Mul", (a, b) => a * b, {
  linear: [0, 1],
  quantized: [qlinear("QLinearMul")],
});
export const ONNX_DIV = binary("Div", (a, b) => a / b, { linear: [0] });
export const ONNX_PRELU = binary("PRelu", (x, slope) => (x >= 0 ? x : slope * x), { activates: false });
