/** SQUARE: x², float32 (TFLite Micro: elementwise.cc). */

import { defineOperator } from "./descriptor.ts";
import { simpleFloatForm } from "./families/float_unary.ts";
import { plainSpelling, unary } from "./families/unary.ts";

export const square = defineOperator({
  kind: "square",
  tflite: plainSpelling(92, "SQUARE"),
  ...unary(simpleFloatForm("square", () => (x) => x * x)),
});
