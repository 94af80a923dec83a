/**
 * ADD, SUB and SQUARED_DIFFERENCE on quantized values: both operands, shifted left for precision, are scaled to twice
 * the larger scale (TFLite: add.cc; TFLite Micro: squared_difference.cc).
 */

import { fixedFactor, requantize } from "../../graph/fixed_point.ts";
import type { DType } from "../../graph/tensor.ts";
import { scaleOf } from "./activation.ts";
import type { QuantizedOperation } from "./binary.ts";

/** The operation codes of `arithmetic` in assembly/binary/elements.ts. */
const CODES = { add: 0, sub: 1, squared_difference: 4 };

/** Bits that operands are shifted left by before they are scaled, so that what follows fits int32. */
const LEFT_SHIFTS = {
  add: { int8: 20, int16: 15 },
  sub: { int8: 20, int16: 15 },
  squared_difference: { int8: 7, int16: 0 },
};

/** The quantized operation of this name. */
export function sumOperation(kind: keyof typeof CODES): QuantizedOperation {
  const squares = kind === "squared_difference";
  const leftShift = (dtype: DType) => LEFT_SHIFTS[kind][dtype === "int16" ? "int16" : "int8"];
  return {
    types: ["int8", "int16"],
    kernel: "binary_quantized",
    code: CODES[kind],
    symmetric: squares,
    leftShift,
    factors(a, b, output) {
      const common = 2 * Math.max(scaleOf(a), scaleOf(b));
      const step = common / 2 ** leftShift(a.dtype);
      return {
        a: fixedFactor(scaleOf(a) / common),
        b: fixedFactor(scaleOf(b) / common),
        output: fixedFactor((squares ? step * step : step) / scaleOf(output)),
      };
    },
    apply(a, b, factors, shift) {
      const left = requantize(a * 2 ** shift, factors.a);
      const right = requantize(b * 2 ** shift, factors.b);
      if (kind === "add") return requantize(left + right, factors.output);
      return requantize(squares ? (left - right) ** 2 : left - right, factors.output);
    },
  };
}
