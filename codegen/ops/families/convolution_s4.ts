/** Packs convolutions with int4 weights for the kernels that take them apart in their loops. */

import { alignUp } from "../../graph/align.ts";
import { packHalves } from "../../graph/tensor.ts";
import { hasSimd } from "../../plan/target.ts";
import type { Argument, KernelVariant, Layer, PackedConstant } from "../descriptor.ts";
import { packRequantization } from "./convolution.ts";
import {
  type ConvolutionProblem,
  filterDepth,
  flatProblemOf,
  interleaveFilters,
  portableConvolution,
  problemMacs,
} from "./convolution_problem.ts";

/** Runs of `row` int4 values, each packed into whole bytes of two, the first in the low half. */
export function packHalfRows(values: Int8Array, row: number): PackedConstant {
  const rows = Array.from({ length: values.length / row }, (_, index) =>
    packHalves(values.subarray(index * row, (index + 1) * row)),
  );
  return { bytes: Uint8Array.from(rows.flatMap((bytes) => [...bytes])), align: 1, role: "weights" };
}

/** What of a convolution says how its sums are scaled. */
type Scaled = Pick<ConvolutionProblem, "bias" | "factors">;

/** How the kernels get biases and factors, in fewer bytes than those of int8: small filters have little else. */
interface SmallRequantization {
  readonly constants: { readonly biases: PackedConstant; readonly factors?: PackedConstant };
  readonly biasBytes: number;
  /** Multiplier of all channels, or 0 where each has its own. */
  readonly multiplier: number;
  /** With a multiplier its right shift; without one the least of all, or 0 where each has its own byte. */
  readonly exponent: number;
}

function packBiases(bias: readonly number[], size: number): PackedConstant {
  const bytes = bias.flatMap((value) =>
    Array.from({ length: size }, (_, byte) => (value >> (8 * byte)) & 255),
  );
  return { bytes: Uint8Array.from(bytes), align: 1, role: "weights" };
}

/** Exponents that bits 30 and 31 of a multiplier can tell apart; in Q31 bit 30 is always set, bit 31 never. */
const EXPONENTS = 4;

function packSmallRequantization({ bias, factors }: Scaled): SmallRequantization {
  const most = bias.reduce((largest, value) => Math.max(largest, value < 0 ? ~value : value), 0);
  const biasBytes = [2, 3].find((size) => most < 2 ** (8 * size - 1)) ?? 4;
  const biases = packBiases(bias, biasBytes);
  const { multiplier, exponent, parameters } = packRequantization(bias, factors);
  if (multiplier) return { constants: { biases }, biasBytes, multiplier, exponent };
  const count = bias.length;
  // Multipliers and exponents, without the biases before them.
  const bytes = parameters.bytes.slice(count * 4);
  const table = new DataView(bytes.buffer);
  const exponents = new Int8Array(bytes.buffer, count * 4);
  const least = exponents.reduce((smallest, value) => Math.min(smallest, value), 127);
  const inBits = exponents.every((value) => value < least + EXPONENTS);
  if (least < 1 || !inBits || factors.some((factor) => factor.multiplier < 2 ** 30)) {
    const constants = { biases, factors: { ...parameters, bytes } };
    return { constants, biasBytes, multiplier: 0, exponent: 0 };
  }
  exponents.forEach((value, channel) => {
    const packed = table.getInt32(channel * 4, true) - 2 ** 30 + (value - least) * 2 ** 30;
    table.setInt32(channel * 4, packed, true);
  });
  const constants = { biases, factors: { ...parameters, bytes: bytes.subarray(0, count * 4) } };
  return { constants, biasBytes, multiplier: 0, exponent: least };
}

/** Biases and factors as the kernels of int4 weights read them. */
export function packSmallParameters(problem: Scaled): SmallRequantization["constants"] {
  return packSmallRequantization(problem).constants;
}

/** The arguments of a kernel of int8 weights as one of int4 takes them. */
export function smallArguments(problem: Scaled, call: readonly Argument[]): Argument[] {
  const { constants, biasBytes, multiplier, exponent } = packSmallRequantization(problem);
  return call.flatMap((argument): Argument[] => {
    switch (argument.name) {
      case "channel_parameters":
        return [
          { name: "biases", constant: "biases", offset: biasBytes - 4 },
          { name: "bias_bytes", literal: biasBytes },
          { name: "factors", ...(constants.factors ? { constant: "factors" } : { literal: 0 }) },
        ];
      case "multiplier":
        return [{ name: "multiplier", literal: multiplier }];
      case "exponent":
        return [{ name: "exponent", literal: exponent }];
      default:
        return [argument];
    }
  });
}

/** Tiles of 4 filters as assembly/conv_2d/simd128_s4.ts reads them. */
function packLaneHalves(problem: ConvolutionProblem): PackedConstant {
  const depth = filterDepth(problem);
  const paddedDepth = alignUp(depth, 8);
  const lanes = new Uint16Array(Math.ceil(problem.filters / 4) * paddedDepth);
  problem.weights.forEach((weight, at) => {
    const filter = Math.floor(at / depth);
    const lane = Math.floor(filter / 4) * paddedDepth + (at % depth);
    lanes[lane] = (lanes[lane] ?? 0) | ((weight & 15) << (4 * (filter % 4)));
  });
  return { bytes: new Uint8Array(lanes.buffer), align: 16, role: "weights" };
}

/** Runs of `conv_2d_s4_simd128` for an operator that `describe` turns into a convolution. */
export function simd128Convolution4<A>(
  describe: (layer: Layer<A>) => ConvolutionProblem | undefined,
): KernelVariant<A> {
  const like = portableConvolution4(describe);
  const problemOf = flatProblemOf(describe);
  return {
    ...like,
    name: "conv_2d_s4_simd128",
    file: "conv_2d/simd128_s4",
    fits: (layer, target) => hasSimd(target) && like.fits(layer, target) && describe(layer)?.groups === 1,
    cost: (layer) => problemMacs(problemOf(layer)) * 0.7,
    pack(layer, style) {
      return { ...like.pack?.(layer, style), weights: packLaneHalves(problemOf(layer)) };
    },
    calls: (layer, packed, style) =>
      like
        .calls(layer, packed, style)
        .map((call) => call.filter(({ name }) => name !== "tiled" && name !== "groups")),
  };
}

/** Runs of `conv_2d_s4` (assembly/conv_2d/portable_s4.ts) for an operator that `describe` turns into a convolution. */
export function portableConvolution4<A>(
  describe: (layer: Layer<A>) => ConvolutionProblem | undefined,
): KernelVariant<A> {
  const like = portableConvolution(describe);
  const problemOf = flatProblemOf(describe);
  return {
    ...like,
    name: "conv_2d_s4",
    file: "conv_2d/portable_s4",
    fits: (layer) => describe(layer)?.int4 === true,
    cost: (layer, target) => like.cost(layer, target) * 1.3,
    pack(layer, style) {
      const problem = problemOf(layer);
      const { bytes } = packHalfRows(problem.weights, filterDepth(problem));
      return {
        weights: interleaveFilters(
          { ...problem, weights: new Int8Array(bytes.buffer) },
          style.compact ? 1 : 4,
        ),
        ...packSmallParameters(problem),
      };
    },
    calls: (layer, packed, style) =>
      like.calls(layer, packed, style).map((call) => smallArguments(problemOf(layer), call)),
  };
}
