/** TANH: the hyperbolic tangent, in fixed point or float32 (TFLite reference: integer_ops/tanh.h). */

import { tanh as realTanh } from "../graph/elementary.ts";
import { tanh as fixedPointTanh } from "../graph/fixed_point_functions.ts";
import { defineOperator } from "./descriptor.ts";
import { exponentialFloatForm } from "./families/float_unary.ts";
import { ONNX_TANH } from "./families/onnx_functions.ts";
import { saturatingForm } from "./families/saturating_unary.ts";
import { sigmoidForm } from "./families/sigmoid.ts";
import { unary } from "./families/unary.ts";

const int8 = saturatingForm({ apply: fixedPointTanh, outputBits: 7, outputZeroPoint: 0 });

export const tanh = defineOperator<unknown>({
  kind: "tanh",
  tflite: [{ code: 28, name: "TANH", read: () => ({ attributes: {} }) }],
  onnx: [ONNX_TANH],
  ...unary(int8, sigmoidForm(true), exponentialFloatForm("tanh", realTanh)),
});
