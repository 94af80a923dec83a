/** MEAN: the mean over some dimensions, rescaled to the output where quantized (TFLite reference: reduce.h). */

import { defineOperator } from "./descriptor.ts";
import { ONNX_MEANS } from "./families/onnx_reduce.ts";
import { type ReduceAttributes, reduceSpelling } from "./families/reduce.ts";
import { sumReduction } from "./families/reduce_sum.ts";

export const mean = defineOperator<ReduceAttributes>({
  kind: "mean",
  tflite: [reduceSpelling(40, "MEAN")],
  onnx: ONNX_MEANS,
  ...sumReduction("mean"),
});
