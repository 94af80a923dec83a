/** Which sums a layer of products can have, whatever its input: a proof by the weights that are in the model. */

import type { SumRange } from "../descriptor.ts";
import type { ConvolutionProblem } from "./convolution_problem.ts";

/** Values of an activation's type. */
const VALUES = { int8: [-128, 127], uint8: [0, 255], int16: [-32768, 32767] } as const;

/**
 * The smallest and the largest of all filters' sums Σ w · x + bias, where each x takes the end of its type's range that its
 * weight's sign asks for. Where a window looks beyond the input, x is the zero point, which lies between. `bias` has the zero
 * point's share in it. `undefined` where the activation is not of integers.
 */
export function sumRangeOf({
  input,
  weights,
  filters,
  bias,
  wide,
}: Pick<ConvolutionProblem, "input" | "weights" | "filters" | "bias" | "wide">): SumRange | undefined {
  const values = VALUES[input.dtype as keyof typeof VALUES];
  if (!values) return undefined;
  const [least, most] = values;
  const depth = weights.length / filters;
  let [low, high] = [Infinity, -Infinity];
  for (let filter = 0; filter < filters; filter++) {
    let [smallest, largest] = [bias[filter] ?? 0, bias[filter] ?? 0];
    for (const weight of weights.subarray(filter * depth, (filter + 1) * depth)) {
      smallest += weight * (weight > 0 ? least : most);
      largest += weight * (weight > 0 ? most : least);
    }
    low = Math.min(low, smallest);
    high = Math.max(high, largest);
  }
  return { low, high, bits: wide ? 64 : 32 };
}
