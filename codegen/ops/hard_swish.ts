/**
 * HARD_SWISH: x · min(max(0, x + 3), 6) / 6, in 16 bits of fixed point or float32 (TFLite Micro: hard_swish_common.cc; TFLite
 * reference: hard_swish.h).
 */

import { require } from "../error.ts";
import { clamp, fixedFactor, roundingDivideByPot } from "../graph/fixed_point.ts";
import type { Layer } from "../graph/graph.ts";
import { defineOperator } from "./descriptor.ts";
import { scaleOf, zeroPointOf } from "./families/activation.ts";
import { simpleFloatForm } from "./families/float_unary.ts";
import { ONNX_HARD_SWISH } from "./families/onnx_functions.ts";
import { oneToOne } from "./families/parameters.ts";
import { plainSpelling, unary } from "./families/unary.ts";
import { int8Form } from "./families/unary_table.ts";

const { fround } = Math;

/** Values are shifted left by so many bits before they are multiplied. */
const LEFT_BITS = 7;

/** A factor as a Q15 multiplier in [2^14, 2^15) or 0 and a shift to the left. */
function shortFactor(factor: number): { readonly multiplier: number; readonly shift: number } {
  const { multiplier, shift } = fixedFactor(factor);
  return { multiplier: Math.min(Math.floor((multiplier + 2 ** 15) / 2 ** 16), 0x7fff), shift };
}

/** a · b / 2^15, halves up, of int16 numbers. */
const highMultiply = (a: number, b: number) => Math.min(Math.floor((a * b + 2 ** 14) / 2 ** 15), 0x7fff);

const shiftLeft = (value: number, bits: number) => clamp(value * 2 ** bits, -0x8000, 0x7fff);

/** The input's fine scale in units of the output's, and of that by which 2^15 stands for 3. */
function factorsOf(layer: Layer) {
  const { input, output } = oneToOne(layer);
  const fine = fround(scaleOf(input) / 2 ** LEFT_BITS);
  return {
    output: shortFactor(fround(fine / scaleOf(output))),
    gate: shortFactor(fround(fine / fround(3 / 2 ** 15))),
  };
}

export const hardSwish = defineOperator({
  kind: "hard_swish",
  tflite: plainSpelling(117, "HARD_SWISH"),
  onnx: [ONNX_HARD_SWISH],
  ...unary(
    int8Form(
      (layer) => {
        const { input, output } = oneToOne(layer);
        const factors = factorsOf(layer);
        const { multiplier, shift } = factors.gate;
        return (value) => {
          const fine = (value - zeroPointOf(input)) * 2 ** LEFT_BITS;
          // All shifts to the left but the last saturate where the last one saturates anyway.
          let gate = highMultiply(shift > 0 ? shiftLeft(fine, shift - 1) : fine, multiplier);
          gate = shift > 0 ? shiftLeft(gate, 1) : roundingDivideByPot(gate, -shift);
          gate = (gate + 2 ** 15) >> 1;
          const product = Math.trunc((gate * highMultiply(fine, factors.output.multiplier)) / 2 ** 15);
          return clamp(roundingDivideByPot(product, -factors.output.shift) + zeroPointOf(output), -128, 127);
        };
      },
      (layer) => {
        const { input, output } = oneToOne(layer);
        require(factorsOf(layer).output.shift <= 0, () =>
          `expects an input scale of at most 128 output scales, found ${scaleOf(input)} and ${scaleOf(output)}. Re-export the model with TensorFlow Lite's own converter.`);
      },
    ),
    simpleFloatForm("hard_swish", () => (x) => {
      const gate = fround(x + 3) > 0 ? fround(x + 3) : 0;
      return fround(x * (gate < 6 ? gate : 6)) / 6;
    }),
  ),
});
