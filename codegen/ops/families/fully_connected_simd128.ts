/** Packs fully connected layers of few rows for the SIMD128 kernel that is limited by reading the weights. */

import { alignUp } from "../../graph/align.ts";
import type { Layer } from "../../graph/graph.ts";
import { shapeText } from "../../graph/tensor.ts";
import { hasSimd } from "../../plan/target.ts";
import type { KernelVariant, PackedConstant } from "../descriptor.ts";
import { type ConvolutionProblem, filterDepth, flatProblemOf, problemMacs } from "./convolution_problem.ts";
import { fitsLanes, LANES, laneArguments, packLaneParameters, TAIL_BYTES } from "./convolution_simd128.ts";

/** Vectors of a tile for each 8 values: filters i and i + 4 share the lanes of vector i. */
const VECTORS = 4;

/** Tiles of 8 filters as assembly/fully_connected/simd128.ts reads them: int16 256 · w[i + 4] + w[i] + 128, 0 beyond the depth. */
function packFilterPairs(problem: ConvolutionProblem): PackedConstant {
  const depth = filterDepth(problem);
  const paddedDepth = alignUp(depth, LANES);
  const weight = (filter: number, k: number) =>
    filter < problem.filters && k < depth ? (problem.weights[filter * depth + k] ?? 0) : 0;
  const lanes = new Int16Array((alignUp(problem.filters, LANES) / 2) * paddedDepth);
  let at = 0;
  for (let tile = 0; tile < problem.filters; tile += LANES) {
    for (let block = 0; block < paddedDepth; block += LANES) {
      for (let vector = 0; vector < VECTORS; vector++) {
        for (let k = block; k < block + LANES; k++) {
          const pair = 256 * weight(tile + vector + VECTORS, k) + weight(tile + vector, k) + 128;
          lanes[at++] = k < depth ? pair : 0;
        }
      }
    }
  }
  return { bytes: new Uint8Array(lanes.buffer), align: 16, role: "weights" };
}

/** Runs of `fully_connected_s8_simd128`; `describe` gives a 1×1 convolution over a row of pixels. */
export function simd128FullyConnected<A>(
  describe: (layer: Layer<A>) => ConvolutionProblem | undefined,
): KernelVariant<A> {
  const problemOf = flatProblemOf(describe);
  return {
    name: "fully_connected_s8_simd128",
    file: "fully_connected/simd128",
    fits(layer, target) {
      const problem = describe(layer);
      return hasSimd(target) && !!problem && fitsLanes(problem);
    },
    // Two rows at a time share the weights they read, so the convolution is better from two on.
    cost: (layer) => problemMacs(problemOf(layer)) * (problemOf(layer).geometry.outWidth === 1 ? 0.3 : 0.8),
    pack(layer) {
      const problem = problemOf(layer);
      return { weights: packFilterPairs(problem), channel_parameters: packLaneParameters(problem) };
    },
    scratch: () => TAIL_BYTES,
    calls(layer) {
      const problem = problemOf(layer);
      const { filters, geometry } = problem;
      return [
        [
          { name: "input", input: 0, note: shapeText(problem.input) },
          { name: "rows", literal: geometry.outWidth },
          { name: "depth", literal: geometry.channels },
          { name: "output", output: 0, note: shapeText(problem.output) },
          { name: "filters", literal: filters },
          { name: "weights", constant: "weights" },
          ...laneArguments(problem).filter(({ name }) => name !== "input_zero_point"),
          { name: "tail", scratch: 0 },
        ],
      ];
    },
  };
}
