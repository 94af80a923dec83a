/** LEAKY_RELU: x where x ≥ 0, else alpha · x (TFLite reference: leaky_relu.h; TFLite Micro: leaky_relu_common.cc). */

import { clamp, fixedFactor, requantize } from "../graph/fixed_point.ts";
import { defineOperator } from "./descriptor.ts";
import { scaleOf, zeroPointOf } from "./families/activation.ts";
import { oneToOne } from "./families/parameters.ts";
import { mapElements, unaryTable } from "./families/unary_table.ts";

export interface LeakyReluAttributes {
  readonly alpha: number;
}

export const leakyRelu = defineOperator<LeakyReluAttributes>({
  kind: "leaky_relu",
  tflite: [
    {
      code: 98,
      name: "LEAKY_RELU",
      options: { alpha: { id: 0, type: "float32" } },
      read: (operator) => ({ attributes: { alpha: operator.option("alpha") } }),
    },
  ],
  ...unaryTable(
    mapElements<LeakyReluAttributes>((layer) => {
      const { input, output } = oneToOne(layer);
      const positive = fixedFactor(scaleOf(input) / scaleOf(output));
      const { alpha } = layer.attributes;
      const negative = fixedFactor((scaleOf(input) * Math.abs(alpha)) / scaleOf(output));
      // A negative alpha makes a negative multiplier.
      const slope = { ...negative, multiplier: Math.sign(alpha) * negative.multiplier };
      return (value) => {
        const centred = value - zeroPointOf(input);
        return clamp(requantize(centred, centred >= 0 ? positive : slope) + zeroPointOf(output), -128, 127);
      };
    }),
  ),
});
