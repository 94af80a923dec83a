/** What TRANSPOSE_CONV is to its kernels: packing, geometry, and how its output may follow its input. */

import { elementBytes, shapeText, type Tensor } from "../../graph/tensor.ts";
import type { Argument, KernelVariant, Layer } from "../descriptor.ts";
import {
  biasOf,
  type ConvolutionAttributes,
  channelFactors,
  convolutionTensors,
  geometryOf,
  packRequantization,
  weightsOf,
} from "./convolution.ts";
import { interleaveFilters, requantizeArguments } from "./convolution_problem.ts";
import { packWideParameters, rangeArguments, wideArguments } from "./convolution_s16.ts";
import { hasWideSums, roundingOf } from "./wide_sums.ts";
import { distanceBehind } from "./window_overlap.ts";

/**
 * An input pixel y reaches the output rows y · stride − padTop + ky; the output has (height − 1) · stride + kernel −
 * padTop − padBottom of them. Below 0, padBottom adds rows that no input reaches.
 */
export type TransposeConvAttributes = Omit<ConvolutionAttributes, "dilationHeight" | "dilationWidth">;

export type TransposeConvLayer = Layer<TransposeConvAttributes>;

/** Multiply-accumulates of one inference, of edges that are cut off too. */
export function macs(layer: TransposeConvLayer): number {
  const { batches, height, width, channels, kernelHeight, kernelWidth } = geometryOf(layer);
  const filters = convolutionTensors(layer).output.shape[3] ?? 1;
  return batches * height * width * kernelHeight * kernelWidth * channels * filters;
}

/** What the kernel shares with convolutions; the zero point is not folded, since windows are clipped at borders. */
export function problemOf(layer: TransposeConvLayer) {
  const { input, filter, output } = convolutionTensors(layer);
  const filters = output.shape[3] ?? 1;
  return {
    input,
    output,
    activation: layer.attributes.activation,
    filters,
    groups: 1,
    weights: byRemainder(filter, layer.attributes.strideWidth),
    bias: biasOf(layer.inputs[2], filters),
    factors: channelFactors(layer, filters),
    ...roundingOf(layer.attributes),
    wide: hasWideSums(layer),
  };
}

/** The filter with the columns of each row sorted by remainder modulo `stride`, equal ones from right to left. */
function byRemainder(filter: Tensor, stride: number): Int8Array {
  const [, , columns = 1, channels = 1] = filter.shape;
  const order = Array.from({ length: columns }, (_, column) => column).sort(
    (a, b) => (a % stride) - (b % stride) || b - a,
  );
  const weights = weightsOf(filter);
  return weights.map((_, at) => {
    const row = Math.floor(at / (columns * channels));
    const column = order[Math.floor(at / channels) % columns] ?? 0;
    return weights[(row * columns + column) * channels + (at % channels)] ?? 0;
  });
}

/** The arguments that both kernels start with. */
function geometryArguments(layer: TransposeConvLayer): Argument[] {
  const { input, output } = convolutionTensors(layer);
  const g = geometryOf(layer);
  const a = layer.attributes;
  return [
    { name: "input", input: 0, note: shapeText(input) },
    { name: "height", literal: g.height },
    { name: "width", literal: g.width },
    { name: "channels", literal: g.channels },
    { name: "output", output: 0, note: shapeText(output) },
    { name: "out_height", literal: g.outHeight },
    { name: "out_width", literal: g.outWidth },
    { name: "filters", literal: output.shape[3] ?? 1 },
    { name: "batches", literal: g.batches },
    { name: "kernel_height", literal: g.kernelHeight },
    { name: "kernel_width", literal: g.kernelWidth },
    { name: "stride_height", literal: a.strideHeight },
    { name: "stride_width", literal: a.strideWidth },
    { name: "pad_top", literal: a.padTop },
    { name: "pad_left", literal: a.padLeft },
    { name: "weights", constant: "weights" },
  ];
}

/** How close before its input the output may start. */
function overlap(layer: TransposeConvLayer, index: number): number | undefined {
  const { input, output } = convolutionTensors(layer);
  const g = geometryOf(layer);
  const { strideHeight, strideWidth, padTop, padLeft } = layer.attributes;
  const first = (at: number, kernel: number, stride: number) =>
    at < kernel ? 0 : Math.floor((at - kernel) / stride) + 1;
  const origin = (y: number, x: number) =>
    [
      first(y + padTop, g.kernelHeight, strideHeight),
      first(x + padLeft, g.kernelWidth, strideWidth),
    ] as const;
  const bytes = elementBytes(input.dtype);
  const filterBytes = (output.shape[3] ?? 1) * bytes;
  return index === 0
    ? distanceBehind({ ...g, channels: g.channels * bytes }, filterBytes, origin, { buffered: false })
    : undefined;
}

export const portableTransposeConv: KernelVariant<TransposeConvAttributes> = {
  name: "transpose_conv_s8",
  file: "transpose_conv/portable",
  fits: ({ inputs: [input] }) => input?.dtype === "int8",
  cost: (layer) => macs(layer) * 4,
  pack(layer, style) {
    const problem = problemOf(layer);
    return {
      weights: interleaveFilters(problem, style.compact ? 1 : 4),
      channel_parameters: packRequantization(problem.bias, problem.factors).parameters,
    };
  },
  overlap,
  calls: (layer, _packed, style) => [
    [
      ...geometryArguments(layer),
      ...requantizeArguments(problemOf(layer)),
      { name: "tiled", literal: Number(!style.compact) },
    ],
  ],
};

export const portableTransposeConv16: KernelVariant<TransposeConvAttributes> = {
  name: "transpose_conv_s16",
  file: "transpose_conv/portable_s16",
  fits: ({ inputs: [input] }) => input?.dtype === "int16",
  cost: (layer) => macs(layer) * 4,
  pack(layer, style) {
    const problem = problemOf(layer);
    return {
      weights: interleaveFilters(problem, style.compact ? 1 : 4),
      channel_parameters: packWideParameters(problem),
    };
  },
  overlap,
  calls: (layer, _packed, style) => [
    [
      ...geometryArguments(layer),
      ...wideArguments(problemOf(layer)),
      ...rangeArguments(problemOf(layer)),
      { name: "tiled", literal: Number(!style.compact) },
    ],
  ],
};
