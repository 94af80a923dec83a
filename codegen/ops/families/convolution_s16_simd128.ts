/** Packs 16x8 convolutions for the SIMD128 kernels, and proves that their 32-bit lanes are exact. */

import { wideFactor } from "../../graph/fixed_point.ts";
import type { Layer } from "../../graph/graph.ts";
import type { Argument, KernelVariant, PackedConstant } from "../descriptor.ts";
import { type ConvolutionAttributes, isPadded } from "./convolution.ts";
import {
  type ConvolutionProblem,
  filterDepth,
  flattened,
  geometryArguments,
  isDirect,
  problemMacs,
} from "./convolution_problem.ts";
import { overlapDistance16, rangeArguments } from "./convolution_s16.ts";
import { LANES, packChannelTiles, packLanePairs, roundUp, TAIL_BYTES } from "./convolution_simd128.ts";
import { weightSums } from "./wide_sums.ts";

/** The scaling of a layer's filters by one right shift. */
interface LaneScaling {
  readonly exponent: number;
  /** By filter, int32. */
  readonly multipliers: readonly number[];
}

/**
 * How lanes scale the sums of a 16x8 layer; `undefined` where they can't: where a sum may leave 32 bits, or exponents are so
 * far apart that a multiplier does.
 */
function laneScaling(problem: ConvolutionProblem): LaneScaling | undefined {
  if (problem.input.dtype !== "int16" || !problem.wide) return undefined;
  const bounds = weightSums(problem).map((sum, at) => sum * 2 ** 15 + Math.abs(problem.bias[at] ?? 0));
  if (!bounds.every((bound) => bound < 2 ** 31)) return undefined;
  const factors = problem.factors.map((factor, filter) => {
    const { multiplier, exponent } = wideFactor(factor);
    // What always becomes 0 does so with a multiplier of 0, whatever the shift.
    const small = (bounds[filter] ?? 0) * multiplier < 2 ** (exponent - 1);
    return small ? { multiplier: 0, exponent: 1 } : { multiplier, exponent };
  });
  const exponent = factors.reduce((most, factor) => Math.max(most, factor.exponent), 1);
  const multipliers = factors.map((factor) => factor.multiplier * 2 ** (exponent - factor.exponent));
  return multipliers.every((multiplier) => multiplier < 2 ** 31) ? { exponent, multipliers } : undefined;
}

function scalingOf(problem: ConvolutionProblem): LaneScaling {
  const scaling = laneScaling(problem);
  if (!scaling) throw new RangeError("the layer's sums do not fit lanes, so this variant does not fit");
  return scaling;
}

/** Per tile of four filters: int32 bias[4], multiplier[4]; whole tiles of eight filters. */
function packLaneParameters16(problem: ConvolutionProblem): PackedConstant {
  const { multipliers } = scalingOf(problem);
  const words = new Int32Array((roundUp(problem.filters, LANES) / 4) * 8);
  multipliers.forEach((multiplier, filter) => {
    const tile = Math.floor(filter / 4) * 8 + (filter % 4);
    words[tile] = problem.bias[filter] ?? 0;
    words[tile + 4] = multiplier;
  });
  return { bytes: new Uint8Array(words.buffer), align: 16, role: "weights" };
}

/** The arguments that say how sums become int16. */
function laneArguments16(problem: ConvolutionProblem): Argument[] {
  return [
    { name: "channel_parameters", constant: "channel_parameters" },
    { name: "exponent", literal: scalingOf(problem).exponent },
    ...rangeArguments(problem),
  ];
}

/** Runs of `conv_2d_s16_simd128` for an operator that `describe` turns into a convolution. */
export function simd128Convolution16<A>(
  describe: (layer: Layer<A>) => ConvolutionProblem | undefined,
): KernelVariant<A> {
  const problemOf = (layer: Layer<A>): ConvolutionProblem => {
    const problem = describe(layer);
    if (!problem) throw new RangeError("the layer is no convolution, so this variant does not fit");
    return flattened(problem);
  };
  /** Pixels that are computed together: one where a row has no more. */
  const tileOf = (problem: ConvolutionProblem) => Math.min(2, problem.geometry.outWidth);
  return {
    name: "conv_2d_s16_simd128",
    file: "conv_2d/simd128_s16",
    fits(layer, target) {
      const problem = describe(layer);
      return target.simd === "128" && problem?.groups === 1 && laneScaling(problem) !== undefined;
    },
    cost: (layer) => problemMacs(problemOf(layer)) / 2,
    pack(layer) {
      const problem = problemOf(layer);
      return { weights: packLanePairs(problem), channel_parameters: packLaneParameters16(problem) };
    },
    scratch(layer) {
      const problem = problemOf(layer);
      const patch = 2 * roundUp(filterDepth(problem), LANES);
      return TAIL_BYTES + (isDirect(problem) ? 0 : tileOf(problem) * patch);
    },
    overlap(layer, index) {
      const problem = problemOf(layer);
      const options = { buffered: !isDirect(problem), lookahead: tileOf(problem) };
      return index === 0 ? overlapDistance16(problem, options) : undefined;
    },
    calls(layer) {
      const problem = problemOf(layer);
      return [
        [
          ...geometryArguments(problem).filter(({ name }) => name !== "groups"),
          ...laneArguments16(problem),
          { name: "direct", literal: Number(isDirect(problem)) },
          { name: "pairs", literal: Number(tileOf(problem) === 2) },
          { name: "patch", scratch: 0 },
        ],
      ];
    },
  };
}

/** Runs of `depthwise_conv_2d_s16_simd128`; `describe` gives a convolution of one group a channel. */
export function simd128Depthwise16(
  describe: (layer: Layer<ConvolutionAttributes>) => ConvolutionProblem,
): KernelVariant<ConvolutionAttributes> {
  return {
    name: "depthwise_conv_2d_s16_simd128",
    file: "depthwise_conv_2d/simd128_s16",
    fits(layer, target) {
      const problem = describe(layer);
      const single = problem.filters === problem.geometry.channels;
      return target.simd === "128" && single && laneScaling(problem) !== undefined;
    },
    cost: (layer) => problemMacs(describe(layer)),
    pack(layer) {
      const problem = describe(layer);
      return { weights: packChannelTiles(problem), channel_parameters: packLaneParameters16(problem) };
    },
    scratch(layer) {
      const { kernelHeight, kernelWidth, channels } = describe(layer).geometry;
      return TAIL_BYTES + (isPadded(layer.attributes) ? 2 * kernelHeight * kernelWidth * channels : 0);
    },
    overlap: (layer, index) =>
      index === 0 ? overlapDistance16(describe(layer), { buffered: false }) : undefined,
    calls(layer) {
      const problem = describe(layer);
      return [
        [
          ...geometryArguments(problem).filter(({ name }) => name !== "groups" && name !== "filters"),
          ...laneArguments16(problem),
          { name: "padded", literal: Number(isPadded(layer.attributes)) },
          { name: "patch", scratch: 0 },
        ],
      ];
    },
  };
}
