/**
 * RELU6: min(max(0, x), 6). TFLite Micro clamps in the input's scale and leaves the scale as it is (activations.cc), so
 * input and output must have the same.
 */

import { require } from "../error.ts";
import { clamp } from "../graph/fixed_point.ts";
import { defineOperator } from "./descriptor.ts";
import { activationRange, scaleOf, zeroPointOf } from "./families/activation.ts";
import { oneToOne } from "./families/parameters.ts";
import { checkUnary, mapElements, unaryTable } from "./families/unary_table.ts";

export const relu6 = defineOperator<unknown>({
  kind: "relu6",
  tflite: [{ code: 21, name: "RELU6", read: () => ({ attributes: {} }) }],
  ...unaryTable(
    mapElements((layer) => {
      const { min, max } = activationRange("relu6", oneToOne(layer).input);
      return (value) => clamp(value, min, max);
    }),
  ),
  check(layer) {
    checkUnary(layer);
    const { input, output } = oneToOne(layer);
    require(scaleOf(input) === scaleOf(output) && zeroPointOf(input) === zeroPointOf(output), () =>
      `expects the same scale and zero point before and after, found ${scaleOf(input)}, ${zeroPointOf(input)} and ${scaleOf(output)}, ${zeroPointOf(output)}: TFLite Micro ignores the change. Fuse the activation into the operator before it.`);
  },
  limits: "int8; equal scales",
});
