/** SUM: the sum over some dimensions, rescaled to the output where quantized (TFLite reference: reduce.h). */

import { defineOperator } from "./descriptor.ts";
import { ONNX_SUMS } from "./families/onnx_reduce.ts";
import { type ReduceAttributes, reduceSpelling } from "./families/reduce.ts";
import { sumReduction } from "./families/reduce_sum.ts";

export const sum = defineOperator<ReduceAttributes>({
  kind: "sum",
  tflite: [reduceSpelling(74, "SUM")],
  onnx: ONNX_SUMS,
  ...sumReduction("sum"),
});
