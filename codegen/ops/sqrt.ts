/** SQRT: √x, rounded down, of x ≥ 0; 0 below it, which LiteRT refuses while it runs (LiteRT: elementwise.cc). */

import { clamp } from "../graph/fixed_point.ts";
import type { Layer } from "../graph/graph.ts";
import { elementCount, type Tensor } from "../graph/tensor.ts";
import { type Argument, defineOperator } from "./descriptor.ts";
import { scaleOf, zeroPointOf } from "./families/activation.ts";
import { floatBits } from "./families/float_bits.ts";
import { simpleFloatForm } from "./families/float_unary.ts";
import { ONNX_SQRT } from "./families/onnx_functions.ts";
import { oneToOne } from "./families/parameters.ts";
import { checkSymmetric } from "./families/slopes.ts";
import { elementwiseCall, plainSpelling, type UnaryForm, unary } from "./families/unary.ts";
import { int8Form } from "./families/unary_table.ts";

const { fround } = Math;

/** √x in steps of the output, rounded down, of a centred input. */
function stepsOf(layer: Layer): (centred: number) => number {
  const { input, output } = oneToOne(layer);
  return (centred) => {
    const real = fround(scaleOf(input) * Math.max(centred, 0));
    return Math.trunc(fround(fround(Math.sqrt(real)) / scaleOf(output)));
  };
}

const int16: UnaryForm<unknown> = {
  dtype: "int16",
  floats: true,
  check: checkSymmetric,
  map(layer) {
    const steps = stepsOf(layer);
    return (value) => Math.min(steps(value), 32767);
  },
  variants: [
    {
      name: "sqrt_s16",
      file: "sqrt/int16",
      fits: () => true,
      cost: (layer) => elementCount(oneToOne(layer).output.shape) * 30,
      overlap: () => 0,
      calls(layer) {
        const { input, output } = oneToOne(layer);
        const scale = (name: string, tensor: Tensor): Argument => ({
          name,
          literal: floatBits(scaleOf(tensor)),
          note: `of ${scaleOf(tensor)}`,
        });
        return [
          elementwiseCall(layer, [scale("input_scale_bits", input), scale("output_scale_bits", output)]),
        ];
      },
    },
  ],
};

export const sqrt = defineOperator({
  kind: "sqrt",
  tflite: plainSpelling(75, "SQRT", { micro: "floats" }),
  onnx: [ONNX_SQRT],
  ...unary(
    int8Form((layer) => {
      const { input, output } = oneToOne(layer);
      const steps = stepsOf(layer);
      return (value) => clamp(steps(value - zeroPointOf(input)) + zeroPointOf(output), -128, 127);
    }),
    int16,
    simpleFloatForm("sqrt", () => Math.sqrt),
  ),
});
