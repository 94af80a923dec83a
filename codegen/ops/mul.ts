/** MUL: int8 product with broadcasting (TFLite reference: integer_ops/mul.h). */

import { fixedFactor, requantize } from "../graph/fixed_point.ts";
import { defineOperator } from "./descriptor.ts";
import { activationOf, scaleOf } from "./families/activation.ts";
import {
  type BinaryAttributes,
  type BinaryOperation,
  binaryTraits,
  binaryVariants,
  checkBinary,
  evaluateBinary,
  NO_FACTOR,
} from "./families/binary.ts";

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
  tflite: [
    {
      code: 18,
      name: "MUL",
      options: { activation: { id: 0, type: "int8" } },
      read: (operator) => ({ attributes: { activation: activationOf(operator.option("activation")) } }),
    },
  ],
  check: checkBinary,
  traits: binaryTraits,
  evaluate: (layer, inputs) => evaluateBinary(layer, inputs, operation),
  variants: binaryVariants(operation),
  limits: "int8; any broadcast",
});
