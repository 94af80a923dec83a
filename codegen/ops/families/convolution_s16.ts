/** Packs 16x8 convolutions for assembly/conv_2d/portable_s16.ts and proves how far it may add in 32 bits. */

import { wideFactor } from "../../graph/fixed_point.ts";
import type { Layer } from "../../graph/graph.ts";
import type { Argument, KernelVariant, PackedConstant } from "../descriptor.ts";
import { activationRange } from "./activation.ts";
import {
  type ConvolutionProblem,
  filterDepth,
  flatProblemOf,
  geometryArguments,
  interleaveFilters,
  isDirect,
  problemMacs,
} from "./convolution_problem.ts";
import { weightSums } from "./wide_sums.ts";
import { overlapDistance } from "./window_overlap.ts";

/** Bytes of an activation. */
const WIDTH = 2;

/** Products that can be added up in 32 bits whatever they are: 510 · 2^7 · 2^15 is below 2^31. Even, for the kernel. */
const SAFE_RUN = 510;

/** Whether the products of every filter can be added up in 32 bits, whatever the input. */
export function addsIn32Bits(problem: ConvolutionProblem): boolean {
  return weightSums(problem).every((sum) => sum * 2 ** 15 < 2 ** 31);
}

/** How many products in a row the kernel may add up in 32 bits: the whole patch where that is exact. */
function runOf(problem: ConvolutionProblem): number {
  // Sums that are to wrap as int32 may do so at any time.
  return !problem.wide || addsIn32Bits(problem) ? filterDepth(problem) : SAFE_RUN;
}

/** How the kernels get biases and factors. */
interface WideRequantization {
  readonly parameters: PackedConstant;
  readonly wideBias: boolean;
  /** Multiplier of all channels, or 0 where each has its own. */
  readonly multiplier: number;
  readonly exponent: number;
}

/** What of a convolution says how its sums are scaled. */
type Scaled = Pick<ConvolutionProblem, "bias" | "factors" | "wide">;

function packWideRequantization({ bias, factors, wide }: Scaled): WideRequantization {
  const scaled = factors.map((factor) =>
    wide ? wideFactor(factor) : { multiplier: factor.multiplier, exponent: -factor.shift },
  );
  const [first] = scaled;
  const same = scaled.every((f) => f.multiplier === first?.multiplier && f.exponent === first.exponent);
  const literal = same && first && first.multiplier !== 0 ? first : { multiplier: 0, exponent: 0 };
  const wideBias = bias.some((value) => Math.abs(value) >= 2 ** 31);
  const biasBytes = wideBias ? 8 : 4;
  const factorBytes = wide ? 2 : 4;
  const count = bias.length;
  const bytes = new Uint8Array(count * (biasBytes + (literal.multiplier ? 0 : factorBytes + 1)));
  const view = new DataView(bytes.buffer);
  bias.forEach((value, channel) => {
    if (wideBias) view.setBigInt64(channel * 8, BigInt(value), true);
    else view.setInt32(channel * 4, value, true);
  });
  if (!literal.multiplier) {
    scaled.forEach(({ multiplier, exponent }, channel) => {
      const at = count * biasBytes + channel * factorBytes;
      if (wide) view.setInt16(at, multiplier, true);
      else view.setInt32(at, multiplier, true);
      view.setInt8(count * (biasBytes + factorBytes) + channel, exponent);
    });
  }
  return { parameters: { bytes, align: biasBytes, role: "weights" }, wideBias, ...literal };
}

/** Biases and factors as the kernels read them. */
export function packWideParameters(problem: Scaled): PackedConstant {
  return packWideRequantization(problem).parameters;
}

/** The arguments that say how a 16x8 convolution's sums become int16. */
export function wideArguments(problem: Scaled): Argument[] {
  const { wideBias, multiplier, exponent } = packWideRequantization(problem);
  return [
    { name: "channel_parameters", constant: "channel_parameters" },
    { name: "wide_bias", literal: Number(wideBias) },
    { name: "multiplier", literal: multiplier },
    { name: "exponent", literal: exponent },
  ];
}

/** The arguments for the range that a layer's activation leaves. */
export function rangeArguments({
  activation,
  output,
}: Pick<ConvolutionProblem, "activation" | "output">): Argument[] {
  const { min, max } = activationRange(activation, output);
  return [
    { name: "activation_min", literal: min },
    { name: "activation_max", literal: max },
  ];
}

/** `overlapDistance` of int16 activations. */
export function overlapDistance16(
  { geometry, window, filters }: ConvolutionProblem,
  options: { readonly buffered: boolean; readonly lookahead?: number },
): number {
  const bytes = { ...geometry, channels: geometry.channels * WIDTH };
  return overlapDistance(bytes, window, filters * WIDTH, options);
}

/** Runs of `conv_2d_s16` for an operator that `describe` turns into a convolution. */
export function portableConvolution16<A>(
  describe: (layer: Layer<A>) => ConvolutionProblem | undefined,
): KernelVariant<A> {
  const problemOf = flatProblemOf(describe);
  return {
    name: "conv_2d_s16",
    file: "conv_2d/portable_s16",
    fits(layer) {
      const problem = describe(layer);
      // Of int32 sums only TFLite Micro's two roundings are there.
      return problem?.input.dtype === "int16" && (problem.wide || problem.rounding === undefined);
    },
    cost: (layer) => problemMacs(problemOf(layer)) * 4,
    pack(layer, style) {
      const problem = problemOf(layer);
      return {
        weights: interleaveFilters(problem, style.compact ? 1 : 4),
        channel_parameters: packWideParameters(problem),
      };
    },
    scratch(layer) {
      const problem = problemOf(layer);
      return isDirect(problem) ? 0 : filterDepth(problem) * WIDTH;
    },
    overlap(layer, index) {
      const problem = problemOf(layer);
      const buffered = problem.groups === 1 && !isDirect(problem);
      return index === 0 ? overlapDistance16(problem, { buffered }) : undefined;
    },
    calls(layer, _packed, style) {
      const problem = problemOf(layer);
      const direct = isDirect(problem);
      return [
        [
          ...geometryArguments(problem),
          ...wideArguments(problem),
          { name: "rounds_twice", literal: Number(!problem.wide) },
          ...rangeArguments(problem),
          { name: "run", literal: runOf(problem) },
          { name: "direct", literal: Number(direct) },
          direct ? { name: "patch", literal: 0 } : { name: "patch", scratch: 0 },
          { name: "tiled", literal: Number(!style.compact) },
        ],
      ];
    },
  };
}
