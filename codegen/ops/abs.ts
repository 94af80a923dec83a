/** ABS: the magnitude, with a change of scale where input and output differ (TFLite Micro: elementwise.cc). */

import { clamp, fixedFactor, requantize } from "../graph/fixed_point.ts";
import type { Layer } from "../graph/graph.ts";
import { defineOperator } from "./descriptor.ts";
import { scaleOf, zeroPointOf } from "./families/activation.ts";
import { simpleFloatForm } from "./families/float_unary.ts";
import { ONNX_ABS } from "./families/onnx_functions.ts";
import { oneToOne } from "./families/parameters.ts";
import { opposite, slopesForm } from "./families/slopes.ts";
import { plainSpelling, unary } from "./families/unary.ts";
import { int8Form } from "./families/unary_table.ts";

/** Scale of the input in units of the output's. */
function factorOf(layer: Layer) {
  const { input, output } = oneToOne(layer);
  return fixedFactor(scaleOf(input) / scaleOf(output));
}

export const abs = defineOperator({
  kind: "abs",
  tflite: plainSpelling(101, "ABS"),
  onnx: [ONNX_ABS],
  ...unary(
    int8Form((layer) => {
      const { input, output } = oneToOne(layer);
      const factor = factorOf(layer);
      return (value) => {
        const magnitude = Math.abs(value - zeroPointOf(input));
        return clamp(requantize(magnitude, factor) + zeroPointOf(output), -128, 127);
      };
    }),
    slopesForm((layer) => ({ above: factorOf(layer), below: opposite(factorOf(layer)) })),
    simpleFloatForm("abs", () => Math.abs),
  ),
});
