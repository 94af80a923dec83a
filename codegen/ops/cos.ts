/** COS: cosine, float32 (TFLite Micro: elementwise.cc). */

import { cos as real } from "../graph/elementary.ts";
import { defineOperator } from "./descriptor.ts";
import { sineFloatForm } from "./families/float_unary.ts";
import { plainSpelling, unary } from "./families/unary.ts";

export const cos = defineOperator({
  kind: "cos",
  tflite: plainSpelling(108, "COS"),
  ...unary(sineFloatForm(1, real)),
});
