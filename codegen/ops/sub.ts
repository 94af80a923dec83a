/** SUB: int8 difference with broadcasting, both operands brought to a common scale (TFLite reference: sub.h). */

import { defineOperator } from "./descriptor.ts";
import { activationOf } from "./families/activation.ts";
import {
  type BinaryAttributes,
  binaryTraits,
  binaryVariants,
  checkBinary,
  evaluateBinary,
} from "./families/binary.ts";
import { sumOperation } from "./families/sum.ts";

const operation = sumOperation(1);

export const sub = defineOperator<BinaryAttributes>({
  kind: "sub",
  tflite: [
    {
      code: 41,
      name: "SUB",
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
