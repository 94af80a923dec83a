/** ARG_MIN: the first index of the smallest value along a dimension (TFLite reference: arg_min_max.h). */

import { defineOperator } from "./descriptor.ts";
import { type ArgAttributes, argExtremum } from "./families/arg_extremum.ts";
import { ONNX_ARG_MIN } from "./families/onnx_lines.ts";

export const argMin = defineOperator<ArgAttributes>({
  kind: "arg_min",
  onnx: [ONNX_ARG_MIN],
  ...argExtremum(79, "ARG_MIN", true),
});
