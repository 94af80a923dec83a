/** Packs convolutions for the SIMD128 kernels, and proves that their 32-bit lanes are exact. */

import { alignUp } from "../../graph/align.ts";
import { endsOf } from "../../graph/ends.ts";
import type { FixedFactor } from "../../graph/fixed_point.ts";
import type { Layer } from "../../graph/graph.ts";
import { hasSimd } from "../../plan/target.ts";
import type { Argument, KernelVariant, PackedConstant } from "../descriptor.ts";
import { activationRange, zeroPointOf } from "./activation.ts";
import { costOf, DIRECT } from "./convolution_costs.ts";
import {
  type ConvolutionProblem,
  filterDepth,
  flatProblemOf,
  geometryArguments,
  isDirect,
} from "./convolution_problem.ts";
import { floatLanesOf } from "./float_lanes.ts";
import { overlapDistance } from "./window_overlap.ts";

/** Filters of a tile, and values that are multiplied in one step. */
export const LANES = 8;
/** Bytes of scratch that hold the outputs of a tile that is not full. */
export const TAIL_BYTES = 16;
/** The ways of requantize_lanes that go by float32, in the place of an exponent. */
const FLOATS = 32;
const SIGNED_FLOATS = 33;

/**
 * Whether a convolution is int8, weights too, and the lanes' arithmetic is exact for its factors: every shift goes right by at least
 * 1, and no accumulator can be −2^31, so that adding the sign after the first rounding can't wrap.
 */
export function fitsLanes(problem: ConvolutionProblem): boolean {
  return (
    problem.input.dtype === "int8" &&
    !problem.int4 &&
    problem.factors.every(
      ({ multiplier, shift }, filter) =>
        (multiplier === 0 || shift < 0) && accumulatorBound(problem, filter) < 2 ** 31,
    ) &&
    (problem.rounding !== "once" || uniformExponent(problem) !== 0)
  );
}

/** No sum of a filter's products and its bias is larger. */
function accumulatorBound(problem: ConvolutionProblem, filter: number): number {
  const depth = filterDepth(problem);
  let bound = Math.abs(problem.bias[filter] ?? 0);
  for (let k = filter * depth; k < (filter + 1) * depth; k++)
    bound += 128 * Math.abs(problem.weights[k] ?? 0);
  return bound;
}

const floatsOf = (problem: ConvolutionProblem) =>
  floatLanesOf(problem, (filter) => accumulatorBound(problem, filter));

/** Right shift of a factor; a factor of 0 takes any. */
function exponentOf({ multiplier, shift }: FixedFactor): number {
  return multiplier === 0 ? 1 : -shift;
}

/**
 * The exponent that all lanes can shift by in 32 bits, each after a multiplication with 2^(E − its own exponent); 0
 * where that product could overflow for some accumulator. Negative where sums are rounded once: then it is the sums that
 * are multiplied.
 */
function uniformExponent(problem: ConvolutionProblem): number {
  const [, exponent] = endsOf(problem.factors.map(exponentOf));
  if (problem.rounding === "once") {
    const fits = problem.factors.every(
      (factor, filter) => accumulatorBound(problem, filter) * 2 ** (exponent - exponentOf(factor)) < 2 ** 31,
    );
    return fits ? -exponent : 0;
  }
  const fits = problem.factors.every((factor, filter) => {
    const high = Math.ceil((accumulatorBound(problem, filter) * factor.multiplier) / 2 ** 31) + 1;
    return high * 2 ** (exponent - exponentOf(factor)) + 2 ** (exponent - 1) < 2 ** 31;
  });
  return fits ? exponent : 0;
}

/** Per tile of four filters: int32 bias[4] and what requantize_lanes reads behind it; whole tiles of eight filters. */
export function packLaneParameters(problem: ConvolutionProblem): PackedConstant {
  const words = new Int32Array((alignUp(problem.filters, LANES) / 4) * 12);
  const reals = new Float32Array(words.buffer);
  const floats = floatsOf(problem);
  const uniform = floats ? 0 : uniformExponent(problem);
  problem.factors.forEach((factor, filter) => {
    const tile = Math.floor(filter / 4) * 12 + (filter % 4);
    const { shift, scale, offset } = floats?.factors[filter] ?? { shift: 0, scale: 0, offset: 0 };
    words[tile] = (problem.bias[filter] ?? 0) + shift;
    if (floats) {
      reals[tile + 4] = scale;
      reals[tile + 8] = offset;
    } else {
      words[tile + 4] = factor.multiplier;
      words[tile + 8] = 2 ** ((Math.abs(uniform) || 31) - exponentOf(factor));
    }
  });
  return { bytes: new Uint8Array(words.buffer), align: 16, role: "weights" };
}

/** No sum of a filter's products and its bias, as packed for the lanes, is larger. */
export function sumBound(problem: ConvolutionProblem): number {
  const shifts = floatsOf(problem)?.factors;
  const bounds = problem.factors.map((_, filter) => {
    const bias = problem.bias[filter] ?? 0;
    const packed = bias + (shifts?.[filter]?.shift ?? 0);
    return accumulatorBound(problem, filter) - Math.abs(bias) + Math.abs(packed);
  });
  return endsOf(bounds)[1];
}

/**
 * Tiles of eight filters: for each pair of values k, k + 1, the pairs of all eight; padded with zeros, each filter to a
 * multiple of `step` values.
 */
export function packLanePairs(problem: ConvolutionProblem, step: number): PackedConstant {
  const depth = filterDepth(problem);
  const paddedDepth = alignUp(depth, step);
  const bytes = new Uint8Array(alignUp(problem.filters, LANES) * paddedDepth);
  for (let filter = 0; filter < problem.filters; filter++) {
    const tile = Math.floor(filter / LANES) * LANES * paddedDepth;
    for (let k = 0; k < depth; k++) {
      const pair = tile + Math.floor(k / 2) * 2 * LANES + (filter % LANES) * 2;
      bytes[pair + (k % 2)] = problem.weights[filter * depth + k] ?? 0;
    }
  }
  return { bytes, align: 16, role: "weights" };
}

/** Tiles of eight channels: for each tap of the window the weights of all eight; padded with zeros. */
export function packChannelTiles(problem: ConvolutionProblem): PackedConstant {
  const taps = filterDepth(problem);
  const bytes = new Uint8Array(alignUp(problem.filters, LANES) * taps);
  problem.weights.forEach((weight, at) => {
    const channel = Math.floor(at / taps);
    bytes[(Math.floor(channel / LANES) * taps + (at % taps)) * LANES + (channel % LANES)] = weight;
  });
  return { bytes, align: 16, role: "weights" };
}

/** How sums become int8, zero points and activation range: the arguments that end the parameter list of every lane kernel. */
export function laneArguments(problem: ConvolutionProblem): Argument[] {
  const { min, max } = activationRange(problem.activation, problem.output);
  const floats = floatsOf(problem);
  const way = floats?.signed ? SIGNED_FLOATS : FLOATS;
  return [
    { name: "channel_parameters", constant: "channel_parameters" },
    { name: "uniform_exponent", literal: floats ? way : uniformExponent(problem) },
    { name: "input_zero_point", literal: zeroPointOf(problem.input) },
    { name: "output_zero_point", literal: zeroPointOf(problem.output) + (floats?.base ?? 0) },
    { name: "activation_min", literal: min },
    { name: "activation_max", literal: max },
  ];
}

/** Values that the inner loop takes at once, which is what depths are padded to. */
const STEP = 2;

/** Pixels that are computed together. */
const TILE = 4;

/** Bytes that a patch may be written beyond its end. */
const PATCH_SLACK = 16;

/** Runs of `conv_2d_s8_simd128` (assembly/conv_2d/simd128.ts) for an operator that `describe` turns into a convolution. */
export function simd128Convolution<A>(
  describe: (layer: Layer<A>) => ConvolutionProblem | undefined,
): KernelVariant<A> {
  const problemOf = flatProblemOf(describe);
  return {
    name: "conv_2d_s8_simd128",
    file: "conv_2d/simd128",
    fits(layer, target) {
      const problem = describe(layer);
      return hasSimd(target) && problem?.groups === 1 && fitsLanes(problem);
    },
    cost: (layer) => costOf(DIRECT, problemOf(layer)),
    pack(layer) {
      const problem = problemOf(layer);
      return { weights: packLanePairs(problem, STEP), channel_parameters: packLaneParameters(problem) };
    },
    scratch(layer) {
      const problem = problemOf(layer);
      const { batches, outHeight, outWidth } = problem.geometry;
      const pixels = Math.min(TILE, batches * outHeight * outWidth);
      return pixels * 2 * alignUp(filterDepth(problem), STEP) + PATCH_SLACK;
    },
    overlap(layer, index) {
      const { geometry, window, filters } = problemOf(layer);
      const options = { buffered: true, lookahead: TILE };
      return index === 0 ? overlapDistance(geometry, window, filters, options) : undefined;
    },
    calls(layer) {
      const problem = problemOf(layer);
      return [
        [
          ...geometryArguments(problem).filter(({ name }) => name !== "groups"),
          ...laneArguments(problem),
          { name: "direct", literal: Number(isDirect(problem)) },
          { name: "patch", scratch: 0 },
        ],
      ];
    },
  };
}
