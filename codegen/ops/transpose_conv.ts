/**
 * TRANSPOSE_CONV: int8, NHWC input, OHWI filter, optional int32 bias (TFLite Micro: transpose_conv.cc,
 * integer_ops/transpose_conv.h; its padding: padding.h).
 */

import { require } from "../error.ts";
import { clamp, requantize } from "../graph/fixed_point.ts";
import { shapeText, type Tensor } from "../graph/tensor.ts";
import type { KernelVariant, Layer, TfliteOperator, Values } from "./descriptor.ts";
import { defineOperator } from "./descriptor.ts";
import { activationOf, activationRange, zeroPointOf } from "./families/activation.ts";
import {
  biasOf,
  type ConvolutionAttributes,
  channelFactors,
  checkWeights,
  convolutionTensors,
  geometryOf,
  packRequantization,
  STRIDE_FIELDS,
  samePadding,
  weightsOf,
} from "./families/convolution.ts";
import { interleaveFilters, requantizeArguments } from "./families/convolution_problem.ts";
import { constantNumbers } from "./families/parameters.ts";
import { distanceBehind } from "./families/window_overlap.ts";

/**
 * An input pixel y reaches the output rows y · stride − padTop + ky; the output has (height − 1) · stride + kernel −
 * padTop − padBottom of them. Below 0, padBottom adds rows that no input reaches.
 */
export type TransposeConvAttributes = Omit<ConvolutionAttributes, "dilationHeight" | "dilationWidth">;

type TransposeConvLayer = Layer<TransposeConvAttributes>;

function read(operator: TfliteOperator): {
  attributes: TransposeConvAttributes;
  inputs: readonly number[];
} {
  const [shape, filter, input] = operator.inputs;
  const [output] = operator.outputs;
  require(input?.shape.length === 4 && filter?.shape.length === 4 && output?.shape.length === 4, () =>
    `expects input, filter and output of 4 dimensions, found ${shapeText(input)}, ${shapeText(filter)} and ${shapeText(output)}. The file may be damaged; re-export it.`);
  // As in TFLite Micro the output tensor says its shape; where the other one is constant, they must agree.
  if (shape?.data) {
    const expected = constantNumbers(shape, "output shape").join("×");
    require(shapeText(output) === expected, () =>
      `expects an output of ${expected}, as its first input says, found ${shapeText(output)}. The file may be damaged; re-export it.`);
  }
  const padding = operator.option("padding");
  require(padding === 0 || padding === 1, () =>
    `expects padding SAME or VALID (0 or 1), found ${padding}. The file may be damaged; re-export it.`);
  const along = (dimension: 1 | 2, name: string) => {
    const stride = operator.option(name);
    require(stride >= 1 && stride <= 1024, () =>
      `expects ${name} from 1 to 1024, found ${stride}. The file may be damaged; re-export it.`);
    const size = (tensor: Tensor) => tensor.shape[dimension] ?? 1;
    const [kernel, length] = [size(filter), size(output)];
    const [before] = padding === 0 ? samePadding(length, kernel, stride, 1) : [0];
    return { stride, before, after: (size(input) - 1) * stride + kernel - before - length };
  };
  const [y, x] = [along(1, "strideHeight"), along(2, "strideWidth")];
  const attributes = {
    strideHeight: y.stride,
    strideWidth: x.stride,
    padTop: y.before,
    padBottom: y.after,
    padLeft: x.before,
    padRight: x.after,
    activation: activationOf(operator.option("activation")),
  };
  // The bias stays out where the file leaves it out.
  return { attributes, inputs: operator.inputs[3] ? [2, 1, 3] : [2, 1] };
}

function shapeOf(
  [input, filter]: readonly (Tensor | undefined)[],
  a: TransposeConvAttributes,
): readonly number[] {
  const [batches = 1, height = 1, width = 1] = input?.shape ?? [];
  const [filters = 1, kernelHeight = 1, kernelWidth = 1] = filter?.shape ?? [];
  return [
    batches,
    (height - 1) * a.strideHeight + kernelHeight - a.padTop - a.padBottom,
    (width - 1) * a.strideWidth + kernelWidth - a.padLeft - a.padRight,
    filters,
  ];
}

function check(layer: TransposeConvLayer): void {
  const { input, filter, output } = convolutionTensors(layer);
  const [filters = 1, , , depth] = filter.shape;
  require(filter.dtype !== "int4", () =>
    "expects an int8 filter, found int4, which TFLite does not take here. Quantize its weights to int8.");
  checkWeights(layer, filters, 0);
  require(input.shape.length === 4 && filter.shape.length === 4 && depth === input.shape[3], () =>
    `expects an input of 4 dimensions and a filter of 4 with as many channels, found ${shapeText(input)} and ${shapeText(filter)}. The file may be damaged; re-export it.`);
  const { padTop, padLeft } = layer.attributes;
  require(padTop >= 0 && padLeft >= 0, () =>
    `expects padding of at least 0 before the input, found ${padTop} and ${padLeft}. Re-export the model.`);
  const expected = shapeOf(layer.inputs, layer.attributes).join("×");
  require(shapeText(output) === expected, () =>
    `expects an output of ${expected} for its input, kernel, strides and padding, found ${shapeText(output)}. The file may be damaged; re-export it.`);
}

/** Scatters each input pixel over the output pixels it reaches, then requantizes. */
function evaluate(layer: TransposeConvLayer, inputs: readonly (Values | undefined)[]): Values[] {
  const { input, output } = convolutionTensors(layer);
  const g = geometryOf(layer);
  const a = layer.attributes;
  const [values = [], weights = [], bias] = inputs;
  const filters = output.shape[3] ?? 1;
  const sums = new Float64Array(g.batches * g.outHeight * g.outWidth * filters);
  sums.forEach((_, at) => {
    sums[at] = Number(bias?.[at % filters] ?? 0);
  });
  for (let pixel = 0; pixel < g.batches * g.height * g.width; pixel++) {
    const batch = Math.floor(pixel / (g.height * g.width));
    const top = (Math.floor(pixel / g.width) % g.height) * a.strideHeight - a.padTop;
    const left = (pixel % g.width) * a.strideWidth - a.padLeft;
    for (let tap = 0; tap < filters * g.kernelHeight * g.kernelWidth; tap++) {
      const x = left + (tap % g.kernelWidth);
      const y = top + (Math.floor(tap / g.kernelWidth) % g.kernelHeight);
      const filter = Math.floor(tap / (g.kernelWidth * g.kernelHeight));
      if (x < 0 || x >= g.outWidth || y < 0 || y >= g.outHeight) continue;
      let sum = 0;
      for (let channel = 0; channel < g.channels; channel++) {
        const value = Number(values[pixel * g.channels + channel]) - zeroPointOf(input);
        sum += value * Number(weights[tap * g.channels + channel]);
      }
      const at = ((batch * g.outHeight + y) * g.outWidth + x) * filters + filter;
      sums[at] = (sums[at] ?? 0) + sum;
    }
  }
  const factors = channelFactors(layer, filters);
  const { min, max } = activationRange(a.activation, output);
  const result = Int8Array.from(sums, (sum, at) => {
    const scaled = requantize(sum | 0, factors[at % filters] ?? { multiplier: 0, shift: 0 });
    return clamp(scaled + zeroPointOf(output), min, max);
  });
  return [result];
}

/** What the kernel shares with convolutions; the zero point is not folded, since windows are clipped at borders. */
function problemOf(layer: TransposeConvLayer) {
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

const portable: KernelVariant<TransposeConvAttributes> = {
  name: "transpose_conv_s8",
  file: "transpose_conv/portable",
  fits: () => true,
  cost: (layer) => macs(layer) * 4,
  pack(layer, style) {
    const problem = problemOf(layer);
    return {
      weights: interleaveFilters(problem, style.compact ? 1 : 4),
      channel_parameters: packRequantization(problem.bias, problem.factors).parameters,
    };
  },
  overlap(layer, index) {
    const g = geometryOf(layer);
    const { strideHeight, strideWidth, padTop, padLeft } = layer.attributes;
    const first = (at: number, kernel: number, stride: number) =>
      at < kernel ? 0 : Math.floor((at - kernel) / stride) + 1;
    const origin = (y: number, x: number) =>
      [
        first(y + padTop, g.kernelHeight, strideHeight),
        first(x + padLeft, g.kernelWidth, strideWidth),
      ] as const;
    return index === 0
      ? distanceBehind(g, convolutionTensors(layer).output.shape[3] ?? 1, origin, { buffered: false })
      : undefined;
  },
  calls(layer, _packed, style) {
    const problem = problemOf(layer);
    const g = geometryOf(layer);
    const a = layer.attributes;
    return [
      [
        { name: "input", input: 0, note: shapeText(problem.input) },
        { name: "height", literal: g.height },
        { name: "width", literal: g.width },
        { name: "channels", literal: g.channels },
        { name: "output", output: 0, note: shapeText(problem.output) },
        { name: "out_height", literal: g.outHeight },
        { name: "out_width", literal: g.outWidth },
        { name: "filters", literal: problem.filters },
        { name: "batches", literal: g.batches },
        { name: "kernel_height", literal: g.kernelHeight },
        { name: "kernel_width", literal: g.kernelWidth },
        { name: "stride_height", literal: a.strideHeight },
        { name: "stride_width", literal: a.strideWidth },
        { name: "pad_top", literal: a.padTop },
        { name: "pad_left", literal: a.padLeft },
        { name: "weights", constant: "weights" },
        ...requantizeArguments(problem),
        { name: "tiled", literal: Number(!style.compact) },
      ],
    ];
  },
};

function macs(layer: TransposeConvLayer): number {
  const { batches, height, width, channels, kernelHeight, kernelWidth } = geometryOf(layer);
  const filters = convolutionTensors(layer).output.shape[3] ?? 1;
  return batches * height * width * kernelHeight * kernelWidth * channels * filters;
}

export const transposeConv = defineOperator<TransposeConvAttributes>({
  kind: "transpose_conv",
  tflite: [
    {
      code: 67,
      name: "TRANSPOSE_CONV",
      options: { ...STRIDE_FIELDS, activation: { id: 3, type: "int8" } },
      read,
    },
  ],
  check,
  shapes: ({ inputs, attributes }) => [shapeOf(inputs, attributes)],
  macs,
  traits: { channels: () => "filters", clipped: () => true },
  evaluate,
  variants: [portable],
  limits: "int8; constant filter; any stride and padding",
});
