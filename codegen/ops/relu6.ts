/**
 * RELU6: min(max(0, x), 6). TFLite Micro clamps in the input's scale and leaves the scale as it is (activations.cc), so
 * input and output must have the same.
 */

import { require } from "../error.ts";
import { clamp } from "../graph/fixed_point.ts";
import type { Layer } from "../graph/graph.ts";
import { defineOperator } from "./descriptor.ts";
import { activationRange, scaleOf, zeroPointOf } from "./families/activation.ts";
import { clampFloatForm } from "./families/float_unary.ts";
import { ONNX_CLIP } from "./families/onnx_functions.ts";
import { oneToOne } from "./families/parameters.ts";
import { ONE, slopesForm } from "./families/slopes.ts";
import { plainSpelling, unary } from "./families/unary.ts";
import { int8Form } from "./families/unary_table.ts";

function rangeOf(layer: Layer) {
  return activationRange("relu6", oneToOne(layer).input);
}

function checkNumbers(layer: Layer): void {
  const { input, output } = oneToOne(layer);
  require(scaleOf(input) === scaleOf(output) && zeroPointOf(input) === zeroPointOf(output), () =>
    `expects the same scale and zero point before and after, found ${scaleOf(input)}, ${zeroPointOf(input)} and ${scaleOf(output)}, ${zeroPointOf(output)}: TFLite Micro ignores the change. Fuse the activation into the operator before it.`);
}

export const relu6 = defineOperator({
  kind: "relu6",
  tflite: plainSpelling(21, "RELU6"),
  onnx: [ONNX_CLIP],
  ...unary(
    int8Form((layer) => {
      const { min, max } = rangeOf(layer);
      return (value) => clamp(value, min, max);
    }, checkNumbers),
    slopesForm((layer) => {
      const { min, max } = rangeOf(layer);
      return { above: ONE, below: ONE, low: min, high: max };
    }, checkNumbers),
    clampFloatForm(0, 6),
  ),
});
