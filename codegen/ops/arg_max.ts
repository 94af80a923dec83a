/** ARG_MAX: the first index of the largest value along a dimension (TFLite reference: arg_min_max.h). */

import { defineOperator } from "./descriptor.ts";
import { type ArgAttributes, argExtremum } from "./families/arg_extremum.ts";
import { ONNX_ARG_MAX } from "./families/onnx_lines.ts";

export const argMax = defineOperator<ArgAttributes>({
  kind: "arg_max",
  onnx: [ONNX_ARG_MAX],
  ...argExtremum(56, "ARG_MAX", false),
});
