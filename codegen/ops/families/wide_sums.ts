/**
 * The arithmetic of 16x8 layers: int16 activations, int8 weights. Without a bias, or with one of int64, sums are int64
 * and rounded once; with one of int32 they are int32 and rounded twice, as those of int8 (TFLite Micro: conv.cc,
 * fully_connected.cc; found to hold for both by running them).
 */

import { require } from "../../error.ts";
import {
  type FixedFactor,
  requantize,
  requantizeOnce,
  requantizeWide,
  wideFactor,
} from "../../graph/fixed_point.ts";
import type { Layer } from "../../graph/graph.ts";
import type { ConvolutionProblem } from "./convolution_problem.ts";

/** Whether a layer's sums are int64. */
export function hasWideSums(layer: Pick<Layer<unknown>, "inputs">): boolean {
  const [input, , bias] = layer.inputs;
  return input?.dtype === "int16" && bias?.dtype !== "int32";
}

/** How a layer's attributes say that int32 sums are rounded, for the description of a kernel. */
export function roundingOf({ rounding }: { readonly rounding?: "once" | "product" }): {
  readonly rounding?: "once";
} {
  return rounding === "once" ? { rounding } : {};
}

/** How the sums of each filter become outputs, before the zero point and the activation. Exact for sums below 2^53. */
export function scalingOf(
  layer: Layer<{ readonly rounding?: "once" | "product" }>,
  factors: readonly FixedFactor[],
): (sum: number, filter: number) => number {
  const none: FixedFactor = { multiplier: 0, shift: 0 };
  if (!hasWideSums(layer) && layer.attributes.rounding === "once")
    return (sum, filter) => requantizeOnce(sum | 0, factors[filter] ?? none);
  if (!hasWideSums(layer)) return (sum, filter) => requantize(sum | 0, factors[filter] ?? none);
  const wide = factors.map(wideFactor);
  return (sum, filter) => requantizeWide(BigInt(sum), wide[filter] ?? wideFactor(none));
}

/** Results, whatever the input, stay so far below 2^31 that a zero point can be added. */
function checkRoundedOnce(
  problem: Pick<ConvolutionProblem, "weights" | "filters" | "bias" | "factors">,
): void {
  weightSums(problem).forEach((sum, filter) => {
    const { multiplier, shift } = problem.factors[filter] ?? { multiplier: 0, shift: 0 };
    const bound = sum * 256 + Math.abs(problem.bias[filter] ?? 0);
    require(bound * multiplier * 2 ** (shift - 31) < 2 ** 30, () =>
      `expects results below 2^30 steps of the output, found weights, bias and scales that allow ${bound} times ${multiplier * 2 ** (shift - 31)}. Check the scales; re-export the model.`);
  });
}

/** For each filter the sum of its weights without their signs: no sum of products is larger, in steps of the input. */
export function weightSums({ weights, filters }: Pick<ConvolutionProblem, "weights" | "filters">): number[] {
  const depth = weights.length / filters;
  return Array.from({ length: filters }, (_, filter) => {
    let sum = 0;
    for (const weight of weights.subarray(filter * depth, (filter + 1) * depth)) sum += Math.abs(weight);
    return sum;
  });
}

/**
 * Throws an `OperatorFault` where sums and factors are too large: where the 64-bit arithmetic of TFLite Micro is not defined,
 * and where sums that are rounded once would leave int32.
 */
export function checkSums(
  problem:
    | Pick<ConvolutionProblem, "weights" | "filters" | "bias" | "factors" | "wide" | "rounding">
    | undefined,
): void {
  if (problem?.rounding && !problem.wide) checkRoundedOnce(problem);
  if (!problem?.wide) return;
  const largest = problem.factors.reduce((most, { shift }) => Math.max(most, shift), 0);
  require(largest <= 14, () =>
    `expects factors from sums to outputs below 2^14, found one of about 2^${largest}. Check the scales; re-export the model.`);
  const bounds = weightSums(problem).map((sum, at) => sum * 2 ** 15 + Math.abs(problem.bias[at] ?? 0));
  const bound = bounds.reduce((most, value) => Math.max(most, value), 0);
  require(bound < 2 ** 47, () =>
    `expects sums below 2^47, found a bias and weights that may reach ${bound}. The file may be damaged; re-export it.`);
}
