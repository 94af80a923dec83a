/** REDUCE_MIN: the smallest value over some dimensions (TFLite reference: reduce.h, ReduceGeneric). */

import { defineOperator } from "./descriptor.ts";
import { ONNX_REDUCE_MIN } from "./families/onnx_reduce.ts";
import { type ReduceAttributes, reduceSpelling } from "./families/reduce.ts";
import { extremumReduction } from "./families/reduce_extremum.ts";

export const reduceMin = defineOperator<ReduceAttributes>({
  kind: "reduce_min",
  tflite: [reduceSpelling(89, "REDUCE_MIN")],
  onnx: [ONNX_REDUCE_MIN],
  ...extremumReduction("min"),
});
