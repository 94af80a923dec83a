/** NEG: the opposite of the stored values, wrapping, whatever their scale (LiteRT: neg.cc). */

import { require } from "../error.ts";
import type { Layer } from "../graph/graph.ts";
import { defineOperator } from "./descriptor.ts";
import { scaleOf, zeroPointOf } from "./families/activation.ts";
import { simpleFloatForm } from "./families/float_unary.ts";
import { ONNX_NEG } from "./families/onnx_functions.ts";
import { oneToOne } from "./families/parameters.ts";
import { ONE, opposite, slopesForm } from "./families/slopes.ts";
import { plainSpelling, unary } from "./families/unary.ts";
import { int8Form } from "./families/unary_table.ts";

function checkNumbers(layer: Layer): void {
  const { input, output } = oneToOne(layer);
  const numbers = [scaleOf(input), zeroPointOf(input), scaleOf(output), zeroPointOf(output)];
  require(numbers[0] === numbers[2] && numbers[1] === 0 && numbers[3] === 0, () =>
    `expects one scale and zero points of 0, since it does not rescale; found scale ${numbers[0]}, zero point ${numbers[1]} and scale ${numbers[2]}, zero point ${numbers[3]}. Re-export the model with TensorFlow Lite's own converter.`);
}

export const neg = defineOperator({
  kind: "neg",
  tflite: plainSpelling(59, "NEG", { micro: "floats" }),
  onnx: [ONNX_NEG],
  ...unary(
    int8Form(() => (value) => -value, checkNumbers),
    // 32768, the opposite of −32768, is stored as −32768.
    slopesForm(() => ({ above: opposite(ONE), below: opposite(ONE), high: 32768 }), checkNumbers),
    simpleFloatForm("neg", () => (x) => -x),
  ),
});
