/**
 * int16 functions of one slope above 0 and another below it: RELU, LEAKY_RELU, ABS, NEG. Zero points are 0, as TFLite
 * demands of int16.
 */

import { require } from "../../error.ts";
import { clamp, type FixedFactor, fixedFactor, requantize } from "../../graph/fixed_point.ts";
import type { Layer } from "../../graph/graph.ts";
import { elementCount } from "../../graph/tensor.ts";
import { zeroPointOf } from "./activation.ts";
import { oneToOne } from "./parameters.ts";
import { elementwiseCall, type UnaryForm } from "./unary.ts";

/** How values become results: times `above` or `below`, within [low, high]; results wrap at 16 bits. */
export interface Slopes {
  readonly above: FixedFactor;
  readonly below: FixedFactor;
  /** −32768 if left out. */
  readonly low?: number;
  /** 32767 if left out. */
  readonly high?: number;
}

export const ONE = fixedFactor(1);
export const NO_FACTOR: FixedFactor = { multiplier: 0, shift: 0 };

/** `factor` with the other sign. */
export function opposite({ multiplier, shift }: FixedFactor): FixedFactor {
  return { multiplier: -multiplier, shift };
}

/** Throws an `OperatorFault` unless zero points are 0. */
export function checkSymmetric(layer: Layer<unknown>): void {
  const { input, output } = oneToOne(layer);
  require(zeroPointOf(input) === 0 && zeroPointOf(output) === 0, () =>
    `expects zero points of 0 for int16, found ${zeroPointOf(input)} and ${zeroPointOf(output)}. Re-export the model with TensorFlow Lite's own converter.`);
}

/** The int16 form of an operator with such slopes. */
export function slopesForm<A = unknown>(
  slopesOf: (layer: Layer<A>) => Slopes,
  check: (layer: Layer<A>) => void = () => {},
): UnaryForm<A> {
  return {
    dtype: "int16",
    check(layer) {
      checkSymmetric(layer);
      check(layer);
    },
    map(layer) {
      const { above, below, low = -32768, high = 32767 } = slopesOf(layer);
      return (value) => clamp(requantize(value, value < 0 ? below : above), low, high);
    },
    variants: [
      {
        name: "slopes_s16",
        file: "slopes/portable",
        fits: () => true,
        cost: (layer) => elementCount(oneToOne(layer).output.shape) * 12,
        overlap: () => 0,
        calls(layer) {
          const { above, below, low = -32768, high = 32767 } = slopesOf(layer);
          return [
            elementwiseCall(layer, [
              { name: "multiplier_above", literal: above.multiplier },
              { name: "shift_above", literal: above.shift },
              { name: "multiplier_below", literal: below.multiplier },
              { name: "shift_below", literal: below.shift },
              { name: "low", literal: low },
              { name: "high", literal: high },
            ]),
          ];
        },
      },
    ],
  };
}
