/**
 * A convolution as its kernels see it, whichever operator asked for it: a fully connected layer is a 1×1 convolution
 * over its rows, a depthwise one with a single input channel an ordinary one.
 */

import type { FixedFactor } from "../../graph/fixed_point.ts";
import type { Layer } from "../../graph/graph.ts";
import { shapeText, type Tensor } from "../../graph/tensor.ts";
import { hasSimd } from "../../plan/target.ts";
import type { Argument, KernelVariant, PackedConstant } from "../descriptor.ts";
import { type Activation, activationRange, zeroPointOf } from "./activation.ts";
import {
  type ConvolutionAttributes,
  isPadded,
  packRequantization,
  type WindowGeometry,
} from "./convolution.ts";
import { overlapDistance } from "./window_overlap.ts";

export interface ConvolutionProblem {
  readonly input: Tensor;
  readonly output: Tensor;
  readonly geometry: WindowGeometry;
  readonly window: Omit<ConvolutionAttributes, "activation">;
  readonly activation: Activation;
  readonly filters: number;
  readonly groups: number;
  /** [filters, kernel height, kernel width, channels / groups]. */
  readonly weights: Int8Array;
  /** The input's zero point folded in; whole numbers. */
  readonly bias: readonly number[];
  readonly factors: readonly FixedFactor[];
  /** Sums are rounded once, not twice. */
  readonly rounding?: "once";
  /** Whether sums are int64 and rounded once (wide_sums.ts); int32 and rounded twice otherwise. */
  readonly wide: boolean;
  /** Whether the file's weights are int4; kernels then read them packed. */
  readonly int4: boolean;
}

/** Whether the patch of every output pixel is one run of bytes of the input: nothing to gather. */
export function isDirect({ geometry: g, window: w, groups }: ConvolutionProblem): boolean {
  const oneRow = g.kernelHeight === 1 && (g.kernelWidth === 1 || w.dilationWidth === 1);
  const wholeRows = g.kernelWidth === g.width && w.dilationWidth === 1 && w.dilationHeight === 1;
  return groups === 1 && !isPadded(w) && (oneRow || wholeRows);
}

/** A 1×1 convolution without strides or padding as one row of pixels: fewer loops, the same sums. */
function flattened(problem: ConvolutionProblem): ConvolutionProblem {
  const { geometry: g, window: w } = problem;
  const pointwise =
    g.kernelHeight === 1 && g.kernelWidth === 1 && w.strideHeight === 1 && w.strideWidth === 1;
  if (!pointwise || !isDirect(problem)) return problem;
  const width = g.batches * g.height * g.width;
  return { ...problem, geometry: { ...g, batches: 1, height: 1, width, outHeight: 1, outWidth: width } };
}

/** Values of one filter. */
export function filterDepth(problem: Pick<ConvolutionProblem, "weights" | "filters">): number {
  return problem.weights.length / problem.filters;
}

/**
 * Interleaves `tile` filters value by value, within each group; the filters that are left follow one by one.
 * Bytes: as many as weights.
 */
export function interleaveFilters(
  problem: Pick<ConvolutionProblem, "weights" | "filters" | "groups">,
  tile: number,
): PackedConstant {
  const depth = filterDepth(problem);
  const perGroup = problem.filters / problem.groups;
  const bytes = new Uint8Array(problem.weights.length);
  let at = 0;
  for (let group = 0; group < problem.groups; group++) {
    for (let filter = 0; filter < perGroup; ) {
      const width = filter + tile <= perGroup ? tile : 1;
      for (let k = 0; k < depth; k++) {
        for (let lane = 0; lane < width; lane++) {
          bytes[at++] = problem.weights[(group * perGroup + filter + lane) * depth + k] ?? 0;
        }
      }
      filter += width;
    }
  }
  return { bytes, align: 1, role: "weights" };
}

/** The arguments that say how a convolution's sums become int8: the same for every kernel of the family. */
export function requantizeArguments(
  problem: Pick<ConvolutionProblem, "input" | "output" | "activation" | "bias" | "factors" | "rounding">,
): Argument[] {
  const { multiplier, exponent, rightOnly } = packRequantization(problem.bias, problem.factors);
  const { min, max } = activationRange(problem.activation, problem.output);
  return [
    { name: "channel_parameters", constant: "channel_parameters" },
    { name: "multiplier", literal: multiplier },
    { name: "exponent", literal: exponent },
    { name: "right_only", literal: problem.rounding === "once" ? 2 : Number(rightOnly) },
    { name: "input_zero_point", literal: zeroPointOf(problem.input) },
    { name: "output_zero_point", literal: zeroPointOf(problem.output) },
    { name: "activation_min", literal: min },
    { name: "activation_max", literal: max },
  ];
}

/** The arguments that say what is convolved with what; `multiplicity` only for depthwise kernels. */
export function geometryArguments(problem: ConvolutionProblem, multiplicity?: number): Argument[] {
  const { geometry: g, window: w } = problem;
  return [
    { name: "input", input: 0, note: shapeText(problem.input) },
    { name: "height", literal: g.height },
    { name: "width", literal: g.width },
    { name: "channels", literal: g.channels },
    { name: "output", output: 0, note: shapeText(problem.output) },
    { name: "out_height", literal: g.outHeight },
    { name: "out_width", literal: g.outWidth },
    { name: "filters", literal: problem.filters },
    multiplicity === undefined
      ? { name: "groups", literal: problem.groups }
      : { name: "multiplicity", literal: multiplicity },
    { name: "batches", literal: g.batches },
    { name: "kernel_height", literal: g.kernelHeight },
    { name: "kernel_width", literal: g.kernelWidth },
    { name: "stride_height", literal: w.strideHeight },
    { name: "stride_width", literal: w.strideWidth },
    { name: "dilation_height", literal: w.dilationHeight },
    { name: "dilation_width", literal: w.dilationWidth },
    { name: "pad_top", literal: w.padTop },
    { name: "pad_left", literal: w.padLeft },
    { name: "weights", constant: "weights" },
  ];
}

/** Multiply-accumulates of one inference. */
export function problemMacs(problem: ConvolutionProblem): number {
  const { batches, outHeight, outWidth } = problem.geometry;
  return batches * outHeight * outWidth * problem.weights.length;
}

/** The convolution that `describe` makes of a layer, flattened; a variant asks for it only of layers that it fits. */
export function flatProblemOf<A>(
  describe: (layer: Layer<A>) => ConvolutionProblem | undefined,
): (layer: Layer<A>) => ConvolutionProblem {
  return (layer) => {
    const problem = describe(layer);
    if (!problem) throw new RangeError("the layer is no convolution, so this variant does not fit");
    return flattened(problem);
  };
}

/** What a product costs, and an output or copying a row of a window besides, against the SIMD kernels' costs. */
const SIMD_UNITS = { product: 10, output: 100 };

/** Runs of `conv_2d_s8` (assembly/conv_2d/portable.ts) for an operator that `describe` turns into a convolution. */
export function portableConvolution<A>(
  describe: (layer: Layer<A>) => ConvolutionProblem | undefined,
): KernelVariant<A> {
  const problemOf = flatProblemOf(describe);
  return {
    name: "conv_2d_s8",
    file: "conv_2d/portable",
    fits(layer) {
      const problem = describe(layer);
      return problem?.input.dtype === "int8" && !problem.int4;
    },
    cost(layer, target) {
      const problem = problemOf(layer);
      const macs = problemMacs(problem);
      if (!hasSimd(target)) return macs * 4;
      const { batches, outHeight, outWidth, kernelHeight } = problem.geometry;
      const runs = isDirect(problem) ? 0 : kernelHeight;
      const outputs = batches * outHeight * outWidth * (problem.filters + runs);
      return macs * SIMD_UNITS.product + outputs * SIMD_UNITS.output;
    },
    pack(layer, style) {
      const problem = problemOf(layer);
      return {
        weights: interleaveFilters(problem, style.compact ? 1 : 4),
        channel_parameters: packRequantization(problem.bias, problem.factors).parameters,
      };
    },
    scratch(layer) {
      const problem = problemOf(layer);
      return isDirect(problem) ? 0 : filterDepth(problem);
    },
    overlap(layer, index) {
      const problem = problemOf(layer);
      const buffered = problem.groups === 1 && !isDirect(problem);
      return index === 0
        ? overlapDistance(problem.geometry, problem.window, problem.filters, { buffered })
        : undefined;
    },
    calls(layer, _packed, style) {
      const problem = problemOf(layer);
      const direct = isDirect(problem);
      return [
        [
          ...geometryArguments(problem),
          ...requantizeArguments(problem),
          { name: "direct", literal: Number(direct) },
          direct ? { name: "patch", literal: 0 } : { name: "patch", scratch: 0 },
          { name: "tiled", literal: Number(!style.compact) },
        ],
      ];
    },
  };
}
