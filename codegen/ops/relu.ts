/** RELU: max(0, x), with a change of scale where input and output differ (TFLite Micro: activations_common.cc). */

import { clamp, fixedFactor, requantize } from "../graph/fixed_point.ts";
import type { Layer } from "../graph/graph.ts";
import { defineOperator } from "./descriptor.ts";
import { activationRange, scaleOf, zeroPointOf } from "./families/activation.ts";
import { clampFloatForm } from "./families/float_unary.ts";
import { ONNX_RELU } from "./families/onnx_functions.ts";
import { oneToOne } from "./families/parameters.ts";
import { NO_FACTOR, slopesForm } from "./families/slopes.ts";
import { plainSpelling, unary } from "./families/unary.ts";
import { int8Form } from "./families/unary_table.ts";

/** Scale of the input in units of the output's. */
function factorOf(layer: Layer) {
  const { input, output } = oneToOne(layer);
  return fixedFactor(scaleOf(input) / scaleOf(output));
}

export const relu = defineOperator({
  kind: "relu",
  tflite: plainSpelling(19, "RELU"),
  onnx: [ONNX_RELU],
  ...unary(
    int8Form((layer) => {
      const { input, output } = oneToOne(layer);
      const { min, max } = activationRange("relu", output);
      const factor = factorOf(layer);
      return (value) => clamp(requantize(value - zeroPointOf(input), factor) + zeroPointOf(output), min, max);
    }),
    slopesForm((layer) => ({ above: factorOf(layer), below: NO_FACTOR })),
    clampFloatForm(0, Infinity),
  ),
});
