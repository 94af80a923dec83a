/** Packs 16x8 convolutions for the SIMD128 kernels, and proves where their 32-bit lanes are exact. */

import { alignUp } from "../../graph/align.ts";
import { wideFactor } from "../../graph/fixed_point.ts";
import type { Layer } from "../../graph/graph.ts";
import { hasSimd } from "../../plan/target.ts";
import type { Argument, KernelVariant, PackedConstant } from "../descriptor.ts";
import { type ConvolutionAttributes, isPadded } from "./convolution.ts";
import {
  type ConvolutionProblem,
  filterDepth,
  flatProblemOf,
  geometryArguments,
  isDirect,
  problemMacs,
} from "./convolution_problem.ts";
import { overlapDistance16, rangeArguments } from "./convolution_s16.ts";
import { LANES, packChannelTiles, packLanePairs, TAIL_BYTES } from "./convolution_simd128.ts";
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
  if (!problem.wide) return undefined;
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

/** Per tile of four filters: int32 bias[4], multiplier[4]; whole tiles of eight filters. */
function packLaneParameters16({ bias, filters }: ConvolutionProblem, scaling: LaneScaling): PackedConstant {
  const words = new Int32Array((alignUp(filters, LANES) / 4) * 8);
  scaling.multipliers.forEach((multiplier, filter) => {
    const tile = Math.floor(filter / 4) * 8 + (filter % 4);
    words[tile] = bias[filter] ?? 0;
    words[tile + 4] = multiplier;
  });
  return { bytes: new Uint8Array(words.buffer), align: 16, role: "weights" };
}

/** Per tile of eight filters: int64 bias[8], int32 multiplier[8], int32 exponent[8]. */
function packLongParameters({ bias, filters, factors }: ConvolutionProblem): PackedConstant {
  const bytes = new Uint8Array((alignUp(filters, LANES) / LANES) * 128);
  const view = new DataView(bytes.buffer);
  // What fills up a tile is shifted too, if only for nothing.
  for (let filter = 0; filter < alignUp(filters, LANES); filter++) {
    const { multiplier, exponent } = wideFactor(factors[filter] ?? { multiplier: 0, shift: 0 });
    const tile = Math.floor(filter / LANES) * 128;
    const lane = filter % LANES;
    view.setBigInt64(tile + lane * 8, BigInt(bias[filter] ?? 0), true);
    view.setInt32(tile + 64 + lane * 4, multiplier, true);
    view.setInt32(tile + 96 + lane * 4, exponent, true);
  }
  return { bytes, align: 16, role: "weights" };
}

/** The arguments that say how sums become int16; without a scaling by lanes they take 64 bits. */
function laneArguments16(problem: ConvolutionProblem, scaling: LaneScaling | undefined): Argument[] {
  return [
    { name: "channel_parameters", constant: "channel_parameters" },
    { name: "exponent", literal: scaling?.exponent ?? 0 },
    ...rangeArguments(problem),
  ];
}

/** Runs of `conv_2d_s16_simd128` for an operator that `describe` turns into a convolution. */
export function simd128Convolution16<A>(
  describe: (layer: Layer<A>) => ConvolutionProblem | undefined,
): KernelVariant<A> {
  const problemOf = flatProblemOf(describe);
  /** Pixels that are computed together: one where a row has no more, or where sums take 64 bits. */
  const tileOf = (problem: ConvolutionProblem) =>
    laneScaling(problem) ? Math.min(2, problem.geometry.outWidth) : 1;
  return {
    name: "conv_2d_s16_simd128",
    file: "conv_2d/simd128_s16",
    fits(layer, target) {
      const problem = describe(layer);
      return hasSimd(target) && problem?.groups === 1 && problem.wide;
    },
    cost: (layer) => problemMacs(problemOf(layer)) / 2,
    pack(layer) {
      const problem = problemOf(layer);
      const scaling = laneScaling(problem);
      const parameters = scaling ? packLaneParameters16(problem, scaling) : packLongParameters(problem);
      return { weights: packLanePairs(problem, LANES), channel_parameters: parameters };
    },
    scratch(layer) {
      const problem = problemOf(layer);
      const patch = 2 * alignUp(filterDepth(problem), LANES);
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
          ...laneArguments16(problem, laneScaling(problem)),
          { name: "direct", literal: Number(isDirect(problem)) },
          { name: "pairs", literal: Number(tileOf(problem) === 2) },
          { name: "patch", scratch: 0 },
        ],
      ];
    },
  };
}

/** Runs of `depthwise_conv_2d_s16_simd128`, where every sum fits 32 bits; `describe` gives a convolution of one group a channel. */
export function simd128Depthwise16(
  describe: (layer: Layer<ConvolutionAttributes>) => ConvolutionProblem,
): KernelVariant<ConvolutionAttributes> {
  const scalingOf = (problem: ConvolutionProblem): LaneScaling => {
    const scaling = laneScaling(problem);
    if (!scaling) throw new RangeError("sums do not fit lanes, so this variant does not fit");
    return scaling;
  };
  return {
    name: "depthwise_conv_2d_s16_simd128",
    file: "depthwise_conv_2d/simd128_s16",
    fits(layer, target) {
      const problem = describe(layer);
      const single = problem.filters === problem.geometry.channels;
      return hasSimd(target) && single && laneScaling(problem) !== undefined;
    },
    cost: (layer) => problemMacs(describe(layer)),
    pack(layer) {
      const problem = describe(layer);
      const parameters = packLaneParameters16(problem, scalingOf(problem));
      return { weights: packChannelTiles(problem), channel_parameters: parameters };
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
          ...laneArguments16(problem, scalingOf(problem)),
          { name: "padded", literal: Number(isPadded(layer.attributes)) },
          { name: "patch", scratch: 0 },
        ],
      ];
    },
  };
}
