/** LOGISTIC and TANH: fixed-point functions that saturate beyond a radius (TFLite Micro: logistic_common.cc, tanh.cc). */

import { clamp, fixedFactor, requantize, roundingDivideByPot } from "../../graph/fixed_point.ts";
import { scaleOf, zeroPointOf } from "./activation.ts";
import { mapElements, unaryTensors } from "./unary_table.ts";

/** Integer bits of the function's argument. */
const INTEGER_BITS = 4;

export interface SaturatingFunction {
  /** The function with `INTEGER_BITS` integer bits in and none out. */
  readonly apply: (value: number, integerBits: number) => number;
  /** Bits of the result above its binary point: 8 for [0, 1), 7 for (−1, 1). */
  readonly outputBits: number;
  readonly outputZeroPoint: number;
}

export function evaluateSaturating({ apply, outputBits, outputZeroPoint }: SaturatingFunction) {
  return mapElements((layer) => {
    const { input } = unaryTensors(layer);
    const factor = fixedFactor(scaleOf(input) * 2 ** (31 - INTEGER_BITS));
    const radius = Math.floor(((2 ** INTEGER_BITS - 1) * 2 ** (31 - INTEGER_BITS)) / 2 ** factor.shift);
    return (value) => {
      const centred = value - zeroPointOf(input);
      if (centred <= -radius) return -128;
      if (centred >= radius) return 127;
      const result = roundingDivideByPot(apply(requantize(centred, factor), INTEGER_BITS), 31 - outputBits);
      return clamp(result + outputZeroPoint, -128, 127);
    };
  });
}
