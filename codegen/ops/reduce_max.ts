/** REDUCE_MAX: the largest value over some dimensions (TFLite reference: reduce.h, ReduceGeneric). */

import { defineOperator } from "./descriptor.ts";
import { ONNX_MAXIMA } from "./families/onnx_reduce.ts";
import { type ReduceAttributes, reduceSpelling } from "./families/reduce.ts";
import { extremumReduction } from "./families/reduce_extremum.ts";

export const reduceMax = defineOperator<ReduceAttributes>({
  kind: "reduce_max",
  tflite: [reduceSpelling(82, "REDUCE_MAX")],
  onnx: ONNX_MAXIMA,
  ...extremumReduction("max"),
});
