/** LOGISTIC and TANH: fixed-point functions that saturate beyond a radius (TFLite Micro: logistic_common.cc, tanh.cc). */

import { require } from "../../error.ts";
import { clamp, fixedFactor, frexp, requantize, roundingDivideByPot } from "../../graph/fixed_point.ts";
import type { Layer } from "../../graph/graph.ts";
import { scaleOf, zeroPointOf } from "./activation.ts";
import { oneToOne } from "./parameters.ts";
import type { UnaryForm } from "./unary.ts";
import { int8Form } from "./unary_table.ts";

/** Integer bits of the function's argument. */
const INTEGER_BITS = 4;

export interface SaturatingFunction {
  /** The function with `INTEGER_BITS` integer bits in and none out. */
  readonly apply: (value: number, integerBits: number) => number;
  /** Bits of the result above its binary point: 8 for [0, 1), 7 for (−1, 1). */
  readonly outputBits: number;
  readonly outputZeroPoint: number;
}

/** The int8 form. Its rules refuse another output quantization than the one that the result comes in. */
export function saturatingForm({
  apply,
  outputBits,
  outputZeroPoint,
}: SaturatingFunction): UnaryForm<unknown> {
  const check = (layer: Layer<unknown>): void => {
    const { output } = oneToOne(layer);
    const scale = 2 ** -outputBits;
    require(scaleOf(output) === scale && zeroPointOf(output) === outputZeroPoint, () =>
      `expects an output of scale ${scale} and zero point ${outputZeroPoint}, found ${scaleOf(output)} and ${zeroPointOf(output)}. Re-export the model with TensorFlow Lite's own converter.`);
  };
  return int8Form((layer) => {
    const { input } = oneToOne(layer);
    const scale = scaleOf(input) * 2 ** (31 - INTEGER_BITS);
    const factor = fixedFactor(scale);
    // Of the exponent itself: the shift of `factor` stops at 30, where a scale of 8 and more needs a radius of 0.
    const radius = Math.floor(
      ((2 ** INTEGER_BITS - 1) * 2 ** (31 - INTEGER_BITS)) / 2 ** frexp(scale).exponent,
    );
    return (value) => {
      const centred = value - zeroPointOf(input);
      if (centred <= -radius) return -128;
      if (centred >= radius) return 127;
      const result = roundingDivideByPot(apply(requantize(centred, factor), INTEGER_BITS), 31 - outputBits);
      return clamp(result + outputZeroPoint, -128, 127);
    };
  }, check);
}
