/** DIV: quotient with broadcasting (TFLite reference: div.h; gemmlowp: fixedpoint.h). */

import { require } from "../error.ts";
import { type FixedFactor, fixedFactor, highMultiply, requantize } from "../graph/fixed_point.ts";
import { oneOverOnePlus } from "../graph/fixed_point_functions.ts";
import type { Tensor } from "../graph/tensor.ts";
import { defineOperator } from "./descriptor.ts";
import { scaleOf } from "./families/activation.ts";
import { type BinaryAttributes, binaryTensors, NO_FACTOR } from "./families/binary.ts";
import { arithmetic } from "./families/binary_kernels.ts";
import { ONNX_DIV } from "./families/onnx_binary.ts";

/**
 * `a` / `b` · `factor` by the reciprocal of |b|; whole numbers within ±255. 0 where `b` is, and the nearest value where the
 * shift goes beyond 31 bits: both are undefined in TFLite.
 */
function quotient(a: number, b: number, { multiplier, shift }: FixedFactor): number {
  if (a === 0 || b === 0) return 0;
  const [dividend, divisor] = b < 0 ? [-a, -b] : [a, b];
  const leading = Math.clz32(divisor);
  const inverse = oneOverOnePlus(divisor * 2 ** leading - 2 ** 31);
  const headroom = Math.clz32(dividend < 0 ? ~dividend : dividend) - 1;
  const scaled = highMultiply(dividend * 2 ** headroom, inverse);
  return requantize(scaled, { multiplier, shift: shift - (31 - leading) - headroom });
}

const factorOf = (a: Tensor, b: Tensor, output: Tensor) =>
  fixedFactor(scaleOf(a) / (scaleOf(b) * scaleOf(output)));

/** The largest left shift that the shift of the dividend outweighs. */
const MAX_SHIFT = 22;

const operator = arithmetic(42, "DIV", {
  quantized: {
    types: ["int8"],
    kernel: "divide_s8",
    code: 0,
    leftShift: () => 0,
    factors: (a, b, output) => ({ a: NO_FACTOR, b: NO_FACTOR, output: factorOf(a, b, output) }),
    apply: (a, b, factors) => quotient(a, b, factors.output),
  },
  plain: {
    types: ["int32", "int64"],
    // TFLite leaves the division by 0 open.
    whole: (a, b) => (b === 0n ? 0n : a / b),
    realCode: 9,
    real: (a, b) => Math.fround(a / b),
    bounded: true,
  },
});

export const div = defineOperator<BinaryAttributes>({
  kind: "div",
  onnx: [ONNX_DIV],
  ...operator,
  check(layer) {
    operator.check(layer);
    const { a, b, output } = binaryTensors(layer);
    require(a.dtype !== "int8" || factorOf(a, b, output).shift <= MAX_SHIFT, () =>
      `expects an input scale below ${2 ** MAX_SHIFT} times the product of the others, found ${scaleOf(a)}, ${scaleOf(b)} and ${scaleOf(output)}. Re-export the model.`);
  },
});
