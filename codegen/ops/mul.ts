/** MUL: product with broadcasting (TFLite reference: integer_ops/mul.h, mul.h). */

import { fixedFactor, onceFactor, requantize } from "../graph/fixed_point.ts";
import { defineOperator } from "./descriptor.ts";
import { scaleOf } from "./families/activation.ts";
import { type BinaryAttributes, NO_FACTOR } from "./families/binary.ts";
import { arithmetic } from "./families/binary_kernels.ts";
import { ONNX_MUL } from "./families/onnx_binary.ts";

export const mul = defineOperator<BinaryAttributes>({
  kind: "mul",
  onnx: [ONNX_MUL],
  ...arithmetic(18, "MUL", {
    quantized: {
      types: ["int8", "int16"],
      kernel: "binary_quantized",
      code: 2,
      symmetric: true,
      leftShift: () => 20,
      factors: (a, b, output, rounding) => ({
        a: NO_FACTOR,
        b: NO_FACTOR,
        output: (rounding ? onceFactor : fixedFactor)((scaleOf(a) * scaleOf(b)) / scaleOf(output)),
      }),
      apply: (a, b, factors) => requantize(a * b, factors.output),
    },
    plain: {
      code: 2,
      types: ["int32", "int64"],
      whole: (a, b) => a * b,
      realCode: 2,
      real: (a, b) => Math.fround(a * b),
      bounded: true,
    },
  }),
});
