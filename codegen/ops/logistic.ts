/** LOGISTIC: the sigmoid, in fixed point or float32 (TFLite reference: integer_ops/logistic.h). */

import { exp } from "../graph/elementary.ts";
import { logistic as fixedPointLogistic } from "../graph/fixed_point_functions.ts";
import { defineOperator } from "./descriptor.ts";
import { exponentialFloatForm } from "./families/float_unary.ts";
import { ONNX_SIGMOID } from "./families/onnx_functions.ts";
import { saturatingForm } from "./families/saturating_unary.ts";
import { sigmoidForm } from "./families/sigmoid.ts";
import { unary } from "./families/unary.ts";

const int8 = saturatingForm({ apply: fixedPointLogistic, outputBits: 8, outputZeroPoint: -128 });

/** 1 / (1 + e^−x) in float32; 1 where it is near that, e^x where it is near that (TFLite reference: logistic.h). */
function floatLogistic(x: number): number {
  if (x > 16.619047164916992) return 1;
  return x < -9 ? exp(x) : 1 / Math.fround(1 + Math.fround(exp(-x)));
}

export const logistic = defineOperator<unknown>({
  kind: "logistic",
  tflite: [{ code: 14, name: "LOGISTIC", read: () => ({ attributes: {} }) }],
  onnx: [ONNX_SIGMOID],
  ...unary(int8, sigmoidForm(false), exponentialFloatForm("logistic", floatLogistic)),
});
