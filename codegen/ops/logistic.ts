/** LOGISTIC: int8 sigmoid, in fixed point (TFLite reference: integer_ops/logistic.h). */

import { logistic as fixedPointLogistic } from "../graph/fixed_point_functions.ts";
import { defineOperator } from "./descriptor.ts";
import { ONNX_SIGMOID } from "./families/onnx_functions.ts";
import { saturatingForm } from "./families/saturating_unary.ts";
import { sigmoidForm } from "./families/sigmoid.ts";
import { unary } from "./families/unary.ts";

const int8 = saturatingForm({ apply: fixedPointLogistic, outputBits: 8, outputZeroPoint: -128 });

export const logistic = defineOperator<unknown>({
  kind: "logistic",
  tflite: [{ code: 14, name: "LOGISTIC", read: () => ({ attributes: {} }) }],
  onnx: [ONNX_SIGMOID],
  ...unary(int8, sigmoidForm(false)),
});
