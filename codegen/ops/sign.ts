/** SIGN: −1, 0 or 1, float32 (LiteRT: sign.cc). */

import { defineOperator } from "./descriptor.ts";
import { simpleFloatForm } from "./families/float_unary.ts";
import { plainSpelling, unary } from "./families/unary.ts";

export const sign = defineOperator({
  kind: "sign",
  tflite: plainSpelling(158, "SIGN", { micro: false }),
  ...unary(simpleFloatForm("sign", () => (x) => (x === 0 ? 0 : Math.sign(x)))),
});
