/** SIN: sine, float32 (TFLite Micro: elementwise.cc). */

import { sin as real } from "../graph/elementary.ts";
import { defineOperator } from "./descriptor.ts";
import { sineFloatForm } from "./families/float_unary.ts";
import { plainSpelling, unary } from "./families/unary.ts";

export const sin = defineOperator({
  kind: "sin",
  tflite: plainSpelling(66, "SIN"),
  ...unary(sineFloatForm(0, real)),
});
