/** ADD: int8 sum with broadcasting, both operands brought to a common scale (TFLite reference: add.h). */

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

const operation = sumOperation(0);

export const add = defineOperator<BinaryAttributes>({
  kind: "add",
  tflite: [
    {
      code: 0,
      name: "ADD",
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
