/** LEAKY_RELU: x where x ≥ 0, else alpha · x (TFLite reference: leaky_relu.h; TFLite Micro: leaky_relu_common.cc). */

import { clamp, fixedFactor, requantize } from "../graph/fixed_point.ts";
import type { Layer } from "../graph/graph.ts";
import { defineOperator } from "./descriptor.ts";
import { scaleOf, zeroPointOf } from "./families/activation.ts";
import { simpleFloatForm } from "./families/float_unary.ts";
import { ONNX_LEAKY_RELU } from "./families/onnx_functions.ts";
import { oneToOne } from "./families/parameters.ts";
import { opposite, type Slopes, slopesForm } from "./families/slopes.ts";
import { unary } from "./families/unary.ts";
import { int8Form } from "./families/unary_table.ts";

export interface LeakyReluAttributes {
  readonly alpha: number;
}

function slopesOf(layer: Layer<LeakyReluAttributes>): Slopes {
  const { input, output } = oneToOne(layer);
  const { alpha } = layer.attributes;
  const below = fixedFactor((scaleOf(input) * Math.abs(alpha)) / scaleOf(output));
  return {
    above: fixedFactor(scaleOf(input) / scaleOf(output)),
    below: alpha < 0 ? opposite(below) : below,
  };
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
  onnx: [ONNX_LEAKY_RELU],
  ...unary<LeakyReluAttributes>(
    int8Form((layer) => {
      const { input, output } = oneToOne(layer);
      const { above, below } = slopesOf(layer);
      return (value) => {
        const centred = value - zeroPointOf(input);
        return clamp(requantize(centred, centred >= 0 ? above : below) + zeroPointOf(output), -128, 127);
      };
    }),
    slopesForm(slopesOf),
    simpleFloatForm(
      "leaky_relu",
      ({ attributes }) =>
        (x) =>
          x > 0 ? x : x * attributes.alpha,
      ({ attributes }) => [attributes.alpha, 0],
    ),
  ),
});
