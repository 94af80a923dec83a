/** ONNX's elementwise operators: functions of real numbers, with which the import makes tables. */

import type { Coding } from "../../graph/coding.ts";
import type { OnnxNode, OnnxReader, OnnxReading, OnnxSpelling, QuantizedSpelling } from "../onnx_spelling.ts";
import { sameShape } from "./onnx_shapes.ts";

type Real = (node: OnnxNode) => (...operands: number[]) => number;

/**
 * An operator with one operand. int8 becomes a table of `real`; other types take the operator's own kernels, for which
 * `attributes` reads the options.
 */
export function onnxUnary<A>(
  name: string,
  real: Real,
  attributes: (node: OnnxNode) => A,
  more: Partial<OnnxSpelling<A>> = {},
): OnnxSpelling<A> {
  return { name, shapes: sameShape, real, read: readUnary(attributes), ...more };
}

/** An operator that keeps values between two bounds. */
export function onnxClamp(
  name: string,
  bounds: (node: OnnxNode) => readonly [number, number],
  more: Partial<OnnxSpelling<unknown>> = {},
): OnnxSpelling<unknown> {
  const real: Real = (node) => {
    const [low, high] = bounds(node);
    return (value) => Math.min(Math.max(value, low), high);
  };
  return { name, shapes: sameShape, bounds, real, ...more };
}

export function readUnary<A>(attributes: (node: OnnxNode) => A): (node: OnnxReader) => OnnxReading<A> {
  return (node) => {
    const { operands, storage } = node.together([0]);
    return { attributes: attributes(node), inputs: operands, outputs: [storage] };
  };
}

/** ONNX Runtime's operator of one int8 operand with its quantization spelled out. */
export function qlinearUnary(name: string): QuantizedSpelling {
  return { name, domain: "com.microsoft", inputs: [[0, 1, 2]], output: [3, 4] };
}

/** What sigmoid and softmax give where the file doesn't say: 0 to 1 in steps of 1/256. */
export const PROBABILITY: Coding = { dtype: "int8", scale: 1 / 256, zeroPoint: -128 };
