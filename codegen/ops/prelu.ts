/** PRELU: x where x ≥ 0, else alpha · x with a constant alpha that broadcasts (TFLite reference: prelu.h). */

import { require } from "../error.ts";
import { fixedFactor, onceFactor, requantize } from "../graph/fixed_point.ts";
import { defineOperator } from "./descriptor.ts";
import { scaleOf } from "./families/activation.ts";
import { type BinaryAttributes, type BinaryOperation, binaryTensors, NO_FACTOR } from "./families/binary.ts";
import { withoutOptions } from "./families/binary_kernels.ts";
import { ONNX_PRELU } from "./families/onnx_binary.ts";

const operation: BinaryOperation = {
  quantized: {
    types: ["int8"],
    kernel: "binary_quantized",
    code: 3,
    leftShift: () => 20,
    factors: (input, alpha, output, rounding) => {
      const factor = rounding ? onceFactor : fixedFactor;
      return {
        a: factor(scaleOf(input) / scaleOf(output)),
        b: NO_FACTOR,
        output: factor((scaleOf(input) * scaleOf(alpha)) / scaleOf(output)),
      };
    },
    apply: (value, alpha, factors) =>
      value >= 0 ? requantize(value, factors.a) : requantize(value * alpha, factors.output),
  },
};

const operator = withoutOptions(54, "PRELU", operation);

export const prelu = defineOperator<BinaryAttributes>({
  kind: "prelu",
  onnx: [ONNX_PRELU],
  ...operator,
  check(layer) {
    operator.check(layer);
    require(binaryTensors(layer).b.data !== undefined, () =>
      "expects a constant alpha, found one that is computed. Export the model with frozen weights.");
  },
  limits: "int8; constant alpha, any broadcast",
});
