/** CEIL: the next whole number above, float32 (TFLite reference: ceil.h). */

import { defineOperator } from "./descriptor.ts";
import { simpleFloatForm } from "./families/float_unary.ts";
import { plainSpelling, unary } from "./families/unary.ts";

export const ceil = defineOperator({
  kind: "ceil",
  tflite: plainSpelling(104, "CEIL"),
  ...unary(simpleFloatForm("ceil", () => Math.ceil)),
});
