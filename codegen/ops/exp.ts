/** EXP: e^x by a table (LiteRT: exp.cc). */

import { exp as realExp } from "../graph/elementary.ts";
import { defineOperator } from "./descriptor.ts";
import { exponentialFloatForm } from "./families/float_unary.ts";
import { ONNX_EXP } from "./families/onnx_functions.ts";
import { interpolatedForm, sampledForm } from "./families/sampled.ts";
import { plainSpelling, unary } from "./families/unary.ts";

export const exp = defineOperator({
  kind: "exp",
  tflite: plainSpelling(47, "EXP", { micro: "floats" }),
  onnx: [ONNX_EXP],
  ...unary(
    sampledForm(() => realExp),
    interpolatedForm(() => realExp),
    exponentialFloatForm("exp", realExp),
  ),
});
