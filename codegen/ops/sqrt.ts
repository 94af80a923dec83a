/** SQRT: √x, rounded down, of x ≥ 0; 0 below it, which LiteRT refuses while it runs (LiteRT: elementwise.cc). */

import { clamp } from "../graph/fixed_point.ts";
import { defineOperator } from "./descriptor.ts";
import { scaleOf, zeroPointOf } from "./families/activation.ts";
import { ONNX_SQRT } from "./families/onnx_functions.ts";
import { oneToOne } from "./families/parameters.ts";
import { plainSpelling, unary } from "./families/unary.ts";
import { int8Form } from "./families/unary_table.ts";

const { fround } = Math;

export const sqrt = defineOperator({
  kind: "sqrt",
  tflite: plainSpelling(75, "SQRT"),
  onnx: [ONNX_SQRT],
  ...unary(
    int8Form((layer) => {
      const { input, output } = oneToOne(layer);
      return (value) => {
        const real = fround(scaleOf(input) * Math.max(value - zeroPointOf(input), 0));
        const steps = Math.trunc(fround(fround(Math.sqrt(real)) / scaleOf(output)));
        return clamp(steps + zeroPointOf(output), -128, 127);
      };
    }),
  ),
});
