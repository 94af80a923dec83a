/** PRELU: x where x ≥ 0, else alpha · x with a constant alpha that broadcasts (TFLite reference: prelu.h). */

import { require } from "../error.ts";
import { fixedFactor, requantize } from "../graph/fixed_point.ts";
import { defineOperator } from "./descriptor.ts";
import { scaleOf } from "./families/activation.ts";
import {
  type BinaryAttributes,
  type BinaryOperation,
  binaryTensors,
  binaryTraits,
  binaryVariants,
  checkBinary,
  evaluateBinary,
  NO_FACTOR,
} from "./families/binary.ts";

const operation: BinaryOperation = {
  code: 3,
  factors: (input, alpha, output) => ({
    a: fixedFactor(scaleOf(input) / scaleOf(output)),
    b: NO_FACTOR,
    output: fixedFactor((scaleOf(input) * scaleOf(alpha)) / scaleOf(output)),
  }),
  apply: (value, alpha, factors) =>
    value >= 0 ? requantize(value, factors.a) : requantize(value * alpha, factors.output),
};

export const prelu = defineOperator<BinaryAttributes>({
  kind: "prelu",
  tflite: [{ code: 54, name: "PRELU", read: () => ({ attributes: { activation: "none" } }) }],
  check(layer) {
    checkBinary(layer);
    require(binaryTensors(layer).b.data !== undefined, () =>
      "expects a constant alpha, found one that is computed. Export the model with frozen weights.");
  },
  traits: binaryTraits,
  evaluate: (layer, inputs) => evaluateBinary(layer, inputs, operation),
  variants: binaryVariants(operation),
  limits: "int8; constant alpha, any broadcast",
});
