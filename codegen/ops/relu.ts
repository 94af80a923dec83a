/** RELU: max(0, x), with a change of scale where input and output differ (TFLite Micro: activations_common.cc). */

import { clamp, fixedFactor, requantize } from "../graph/fixed_point.ts";
import { defineOperator } from "./descriptor.ts";
import { activationRange, scaleOf, zeroPointOf } from "./families/activation.ts";
import { oneToOne } from "./families/parameters.ts";
import { mapElements, unaryTable } from "./families/unary_table.ts";

export const relu = defineOperator<unknown>({
  kind: "relu",
  tflite: [{ code: 19, name: "RELU", read: () => ({ attributes: {} }) }],
  ...unaryTable(
    mapElements((layer) => {
      const { input, output } = oneToOne(layer);
      const factor = fixedFactor(scaleOf(input) / scaleOf(output));
      const { min, max } = activationRange("relu", output);
      return (value) => clamp(requantize(value - zeroPointOf(input), factor) + zeroPointOf(output), min, max);
    }),
  ),
});
