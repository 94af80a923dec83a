/** LOG: ln x by a table, and the least output where x ≤ 0 (LiteRT: elementwise.cc, LogLUTPrepare). */

import { log as realLog } from "../graph/elementary.ts";
import { integerRange } from "../graph/tensor.ts";
import { defineOperator } from "./descriptor.ts";
import { scaleOf, zeroPointOf } from "./families/activation.ts";
import { logFloatForm } from "./families/float_unary.ts";
import { ONNX_LOG } from "./families/onnx_functions.ts";
import { oneToOne } from "./families/parameters.ts";
import { interpolatedForm, type RealFunction, sampledForm } from "./families/sampled.ts";
import { plainSpelling, unary } from "./families/unary.ts";

const limitedLog: RealFunction<unknown> = (layer) => {
  const { output } = oneToOne(layer);
  const least = (integerRange(output.dtype).min - zeroPointOf(output)) * scaleOf(output);
  return (x) => (x > 0 ? realLog(x) : least);
};

export const log = defineOperator({
  kind: "log",
  tflite: plainSpelling(73, "LOG", { micro: "floats" }),
  onnx: [ONNX_LOG],
  ...unary(sampledForm(limitedLog), interpolatedForm(limitedLog), logFloatForm(realLog)),
});
