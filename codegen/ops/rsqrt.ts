/**
 * RSQRT: 1 / √x in fixed point; the largest output where x ≤ 0, which TFLite Micro refuses below 0 while it runs (TFLite
 * Micro: elementwise.cc).
 */

import { require } from "../error.ts";
import { clamp, fixedFactor, requantize } from "../graph/fixed_point.ts";
import type { Layer } from "../graph/graph.ts";
import { inverseSquareRoot } from "../graph/inverse_square_root.ts";
import { elementCount, integerRange } from "../graph/tensor.ts";
import { defineOperator } from "./descriptor.ts";
import { scaleOf, zeroPointOf } from "./families/activation.ts";
import { simpleFloatForm } from "./families/float_unary.ts";
import { oneToOne } from "./families/parameters.ts";
import { checkSymmetric } from "./families/slopes.ts";
import {
  type ElementFunction,
  elementwiseCall,
  plainSpelling,
  type UnaryForm,
  unary,
} from "./families/unary.ts";
import { int8Form } from "./families/unary_table.ts";

/** Bits by which 1 / √x of an integer x is shifted left, and right again when it is scaled. */
const LEFT_BITS = 20;

/** What 1 / √x of centred inputs is multiplied with. */
function factorOf(layer: Layer) {
  const { input, output } = oneToOne(layer);
  return fixedFactor(1 / (Math.sqrt(scaleOf(input)) * scaleOf(output)));
}

const map: ElementFunction<unknown> = (layer) => {
  const { input, output } = oneToOne(layer);
  const { min, max } = integerRange(output.dtype);
  const last = lastFactorOf(layer);
  return (value) => {
    const centred = value - zeroPointOf(input);
    if (centred <= 0) return max;
    const root = inverseSquareRoot(centred);
    const scaled = requantize(1, { ...root, shift: root.shift + LEFT_BITS });
    const result = requantize(scaled, last);
    return clamp(result + zeroPointOf(output), min, max);
  };
};

/** The factor that takes back `LEFT_BITS`. */
function lastFactorOf(layer: Layer) {
  const { multiplier, shift } = factorOf(layer);
  return { multiplier, shift: shift - LEFT_BITS };
}

function checkScales(layer: Layer): void {
  const { input, output } = oneToOne(layer);
  require(lastFactorOf(layer).shift >= -31, () =>
    `expects √(input scale) × output scale of at most 1024, found scales ${scaleOf(input)} and ${scaleOf(output)}. Re-export the model.`);
}

const int16: UnaryForm<unknown> = {
  dtype: "int16",
  check(layer) {
    checkSymmetric(layer);
    checkScales(layer);
  },
  map,
  variants: [
    {
      name: "rsqrt_s16",
      file: "rsqrt/portable",
      fits: () => true,
      cost: (layer) => elementCount(oneToOne(layer).output.shape) * 120,
      overlap: () => 0,
      calls(layer) {
        const { multiplier, shift } = lastFactorOf(layer);
        return [
          elementwiseCall(layer, [
            { name: "multiplier", literal: multiplier },
            { name: "shift", literal: shift },
          ]),
        ];
      },
    },
  ],
};

export const rsqrt = defineOperator({
  kind: "rsqrt",
  tflite: plainSpelling(76, "RSQRT"),
  ...unary(
    int8Form(map, checkScales),
    int16,
    simpleFloatForm("rsqrt", () => (x) => 1 / Math.fround(Math.sqrt(x))),
  ),
});
