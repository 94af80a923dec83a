/** What depthwise convolutions cost with SIMD128, by kernel, for a tile of eight channels. */

import type { ConvolutionProblem } from "./convolution_problem.ts";
import { LANES } from "./convolution_simd128.ts";

/**
 * Instructions, two of the unit of `KernelVariant.cost` each: of a pair of taps out of rows of pairs, or from where the input
 * lies; of an output; and of filling a column of a row of pairs.
 */
export const COSTS = { rowPair: 10, directPair: 20, output: 60, column: 22 };

/** Tiles of eight channels. */
export function tilesOf({ filters }: ConvolutionProblem): number {
  return Math.ceil(filters / LANES);
}
