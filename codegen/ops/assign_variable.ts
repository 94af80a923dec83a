/**
 * ASSIGN_VARIABLE: a value becomes that of a resource variable, for the rest of the inference and the next ones. What
 * CALL_ONCE assigns is where the variable starts from (TFLite Micro: assign_variable.cc, call_once.cc).
 */

import { defineOperator } from "./descriptor.ts";
import { wholeCopy } from "./families/whole_copy.ts";

export const assignVariable = defineOperator<Readonly<Record<string, never>>>({
  kind: "assign_variable",
  tflite: [
    {
      code: 144,
      name: "ASSIGN_VARIABLE",
      resource: "store",
      read: () => ({ attributes: {}, inputs: [1], writes: [0] }),
    },
    { code: 129, name: "CALL_ONCE", resource: "once", read: () => ({ attributes: {} }) },
  ],
  ...wholeCopy(),
  limits: "any type; CALL_ONCE assigns constants only",
});
