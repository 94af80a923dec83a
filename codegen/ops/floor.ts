/** FLOOR: the next whole number below, float32 (TFLite reference: floor.h). */

import { defineOperator } from "./descriptor.ts";
import { simpleFloatForm } from "./families/float_unary.ts";
import { plainSpelling, unary } from "./families/unary.ts";

export const floor = defineOperator({
  kind: "floor",
  tflite: plainSpelling(8, "FLOOR"),
  ...unary(simpleFloatForm("floor", () => Math.floor)),
});
