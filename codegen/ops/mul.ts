/** MUL: int8 product with broadcasting (TFLite reference: integer_ops/mul.h). */

import { fixedFactor, requantize } from "../graph/fixed_point.ts";
import { defineOperator } from "./descriptor.ts";
import { scaleOf } from "./families/activation.ts";
import { arithmetic, type BinaryAttributes, type BinaryOperation, NO_FACTOR } from "./families/binary.ts";

const operation: BinaryOperation = {
  code: 2,
  factors: (a, b, output) => ({
    a: NO_FACTOR,
    b: NO_FACTOR,
    output: fixedFactor((scaleOf(a) * scaleOf(b)) / scaleOf(output)),
  }),
  apply: (a, b, factors) => requantize(a * b, factors.output),
};

export const mul = defineOperator<BinaryAttributes>({
  kind: "mul",
  ...arithmetic(18, "MUL", operation),
});
