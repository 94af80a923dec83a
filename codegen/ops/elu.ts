/** ELU: x where x ≥ 0, else e^x − 1, by a table or in float32 (TFLite Micro: elu.cc). */

import { exp, expMinusOne } from "../graph/elementary.ts";
import { defineOperator } from "./descriptor.ts";
import { exponentialFloatForm } from "./families/float_unary.ts";
import { ONNX_ELU } from "./families/onnx_functions.ts";
import { sampledForm } from "./families/sampled.ts";
import { plainSpelling, unary } from "./families/unary.ts";

export const elu = defineOperator({
  kind: "elu",
  tflite: plainSpelling(111, "ELU"),
  onnx: [ONNX_ELU],
  ...unary(
    sampledForm(() => (x) => (x < 0 ? Math.fround(exp(x)) - 1 : x)),
    exponentialFloatForm("elu", (x) => (x < 0 ? expMinusOne(x) : x)),
  ),
});
