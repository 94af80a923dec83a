/** Requantization by float32 for the lanes of a convolution: found once for each set of channels, since that takes a while. */

import { requantize, requantizeOnce } from "../../graph/fixed_point.ts";
import { activationRange, zeroPointOf } from "./activation.ts";
import type { ConvolutionProblem } from "./convolution_problem.ts";
import { type FloatRequantization, floatRequantization } from "./float_requantize.ts";

/** Layers whose constants are kept: those of a few networks. */
const KEPT = 256;
const found = new Map<string, FloatRequantization | undefined>();

/**
 * float32 constants that requantize a convolution's sums exactly; undefined where there are none. `boundOf`: no accumulator
 * of a filter lies farther from 0, its bias included.
 */
export function floatLanesOf(
  { activation, output, rounding, factors }: ConvolutionProblem,
  boundOf: (filter: number) => number,
): FloatRequantization | undefined {
  const { min, max } = activationRange(activation, output);
  const zeroPoint = zeroPointOf(output);
  const range = { min: min - zeroPoint, max: max - zeroPoint };
  const bounds = factors.map((_, filter) => boundOf(filter));
  const key = JSON.stringify([range, rounding, bounds, factors]);
  if (!found.has(key)) {
    const exact = rounding === "once" ? requantizeOnce : requantize;
    const channels = factors.map((factor, filter) => ({
      factor,
      exact: (accumulator: number) => exact(accumulator, factor),
      bound: bounds[filter] ?? 0,
    }));
    const [oldest] = found.keys();
    if (found.size >= KEPT && oldest !== undefined) found.delete(oldest);
    found.set(key, floatRequantization(channels, range));
  }
  return found.get(key);
}
