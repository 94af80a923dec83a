/** RELU_N1_TO_1: x within [−1, 1], with a change of scale (LiteRT: activations.cc, QuantizedReluX). */

import { defineOperator } from "./descriptor.ts";
import { clampedForm } from "./families/clamped_unary.ts";
import { clampFloatForm } from "./families/float_unary.ts";
import { plainSpelling, unary } from "./families/unary.ts";

export const reluN1To1 = defineOperator({
  kind: "relu_n1_to_1",
  tflite: plainSpelling(20, "RELU_N1_TO_1", { micro: false }),
  ...unary(clampedForm(-1, 1), clampFloatForm(-1, 1)),
});
