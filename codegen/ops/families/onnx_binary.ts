/** ONNX's elementwise operators of two operands that broadcast. */

import { require } from "../../error.ts";
import { codedAs, codingOf } from "../../graph/coding.ts";
import type {
  Interval,
  OnnxReader,
  OnnxReading,
  OnnxResults,
  OnnxSpelling,
  QuantizedSpelling,
} from "../onnx_spelling.ts";
import type { BinaryAttributes } from "./binary.ts";
import { broadcastShape } from "./broadcast.ts";
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

/** A product with a gate, which lies within -1 and 1, has the range of what the gate lets through. */
function gated([a, b]: readonly Interval[]): Interval | undefined {
  const isGate = (range: Interval | undefined) => !!range && range[0] >= -1 && range[1] <= 1.001;
  const [gate, other] = isGate(a) ? [a, b] : [b, a];
  if (!isGate(gate) || !gate || !other) return undefined;
  const corners = [gate[0] * other[0], gate[0] * other[1], gate[1] * other[0], gate[1] * other[1]];
  return [Math.min(...corners), Math.max(...corners)];
}

/** A quotient by numbers of one sign that differ by a factor of 4 at most. */
function divided([a, b]: readonly Interval[]): Interval | undefined {
  if (!a || !b || b[0] * b[1] <= 0 || Math.max(b[0] / b[1], b[1] / b[0]) > 4) return undefined;
  const corners = [a[0] / b[0], a[0] / b[1], a[1] / b[0], a[1] / b[1]];
  return [Math.min(...corners), Math.max(...corners)];
}

/** Positive numbers as they are, negative ones times a slope. */
function sloped([low, high]: Interval, [flat, steep]: Interval): Interval {
  const below = [Math.min(low, 0) * flat, Math.min(low, 0) * steep];
  return [Math.min(...below, Math.max(low, 0)), Math.max(...below, high)];
}

export const ONNX_ADD = binary("Add", (a, b) => a + b, {
  natural: ([a, b]) => a && b && [a[0] + b[0], a[1] + b[1]],
  linear: [0, 1],
  quantized: [qlinear("QLinearAdd")],
});
export const ONNX_SUB = binary("Sub", (a, b) => a - b, {
  linear: [0, 1],
  natural: ([a, b]) => a && b && [a[0] - b[1], a[1] - b[0]],
});
export const ONNX_MUL = binary("Mul", (a, b) => a * b, {
  natural: gated,
  linear: [0, 1],
  quantized: [qlinear("QLinearMul")],
});
export const ONNX_DIV = binary("Div", (a, b) => a / b, { linear: [0], natural: divided });
export const ONNX_PRELU = binary("PRelu", (x, slope) => (x >= 0 ? x : slope * x), {
  natural: ([x, slope]) => x && slope && sloped(x, slope),
  activates: false,
});
export const ONNX_MAX = extremum("Max", Math.max);
export const ONNX_MIN = extremum("Min", Math.min);
/** Of two operands; more would need codings that no file has. */
export const ONNX_SUM: OnnxSpelling<BinaryAttributes> = {
  ...ONNX_ADD,
  name: "Sum",
  quantized: [],
  shapes(node) {
    require(node.inputs.length === 2, () =>
      `expects two operands, found ${node.inputs.length}. Add them in several operators, each with a QuantizeLinear after it.`);
    return broadcastShapes(node);
  },
};

/** The largest or smallest of any number of operands, all in the output's coding. */
function extremum(
  name: "Max" | "Min",
  real: (...operands: number[]) => number,
): OnnxSpelling<BinaryAttributes> {
  const kind = name === "Max" ? "maximum" : "minimum";
  const attributes: BinaryAttributes = { activation: "none" };
  return {
    name,
    shapes: broadcastShapes,
    real: () => real,
    coding: "keeps",
    read(node): OnnxReading<BinaryAttributes> | OnnxResults {
      const { operands, storage } = node.together(node.inputs.map((_, position) => position));
      const [first, ...others] = operands;
      const [output] = node.outputs;
      if (!first || !output?.coding) throw new RangeError(`${name} without operands or coding`);
      const result = others.reduce((left, right, k) => {
        const shape = broadcastShape(left.tensor.shape, right.tensor.shape);
        const tensor = { ...codedAs(output.coding ?? codingOf(left.tensor)), shape };
        return node.emit(kind, attributes, [left, right], [tensor], `${output.name}/${k}`)[0] ?? left;
      }, first);
      return { results: [{ operand: result, storage }] };
    },
  };
}
