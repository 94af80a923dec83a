/** Packs int8 depthwise convolutions for the SIMD128 kernel that reads its windows where they lie. */

import { alignUp } from "../../graph/align.ts";
import type { Layer } from "../../graph/graph.ts";
import { hasSimd } from "../../plan/target.ts";
import type { KernelVariant, PackedConstant } from "../descriptor.ts";
import { type ConvolutionAttributes, isPadded } from "./convolution.ts";
import { type ConvolutionProblem, filterDepth, geometryArguments } from "./convolution_problem.ts";
import { fitsLanes, LANES, laneArguments, packLaneParameters } from "./convolution_simd128.ts";
import { COSTS, tilesOf } from "./depthwise_costs.ts";
import { overlapDistance } from "./window_overlap.ts";

/** What the kernel has no use for: there is no border, and a filter for each channel. */
const UNUSED = ["filters", "multiplicity", "pad_top", "pad_left", "input_zero_point"];

/** Tiles of eight channels: for each pair of taps the pairs of all eight; padded with zeros. */
function packTapPairs(problem: ConvolutionProblem): PackedConstant {
  const taps = filterDepth(problem);
  const tileBytes = alignUp(taps, 2) * LANES;
  const bytes = new Uint8Array(tilesOf(problem) * tileBytes);
  problem.weights.forEach((weight, index) => {
    const [filter, tap] = [Math.floor(index / taps), index % taps];
    const at = (Math.floor(tap / 2) * LANES + (filter % LANES)) * 2 + (tap % 2);
    bytes[Math.floor(filter / LANES) * tileBytes + at] = weight;
  });
  return { bytes, align: 16, role: "weights" };
}

/** Runs of `depthwise_conv_2d_s8_simd128_direct` (assembly/depthwise_conv_2d/simd128_direct.ts). */
export function directDepthwise(
  problemOf: (layer: Layer<ConvolutionAttributes>) => ConvolutionProblem,
): KernelVariant<ConvolutionAttributes> {
  return {
    name: "depthwise_conv_2d_s8_simd128_direct",
    file: "depthwise_conv_2d/simd128_direct",
    fits(layer, target) {
      if (!hasSimd(target) || isPadded(layer.attributes)) return false;
      const problem = problemOf(layer);
      return problem.filters === problem.geometry.channels && fitsLanes(problem);
    },
    cost(layer) {
      const problem = problemOf(layer);
      const { batches, outHeight, outWidth } = problem.geometry;
      const output = Math.ceil(filterDepth(problem) / 2) * COSTS.directPair + COSTS.output;
      return batches * outHeight * outWidth * tilesOf(problem) * output;
    },
    pack(layer) {
      const problem = problemOf(layer);
      return { weights: packTapPairs(problem), channel_parameters: packLaneParameters(problem) };
    },
    scratch: (layer) => 4 * alignUp(filterDepth(problemOf(layer)), 2),
    overlap(layer, index) {
      const { geometry, window, filters } = problemOf(layer);
      return index === 0 ? overlapDistance(geometry, window, filters, { buffered: false }) : undefined;
    },
    calls(layer) {
      const problem = problemOf(layer);
      const all = [...geometryArguments(problem, 1), ...laneArguments(problem)];
      return [[...all.filter(({ name }) => !UNUSED.includes(name)), { name: "scratch", scratch: 0 }]];
    },
  };
}
