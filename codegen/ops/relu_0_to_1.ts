/** RELU_0_TO_1: x within [0, 1], with a change of scale (LiteRT: activations.cc, QuantizedReluX). */

import { defineOperator } from "./descriptor.ts";
import { clampedForm } from "./families/clamped_unary.ts";
import { clampFloatForm } from "./families/float_unary.ts";
import { plainSpelling, unary } from "./families/unary.ts";

export const relu0To1 = defineOperator({
  kind: "relu_0_to_1",
  tflite: plainSpelling(152, "RELU_0_TO_1", { micro: false }),
  ...unary(clampedForm(0, 1), clampFloatForm(0, 1)),
});
