/**
 * TRANSPOSE_CONV: int8 and 16x8, NHWC input, OHWI filter, optional bias (TFLite Micro: transpose_conv.cc,
 * integer_ops/transpose_conv.h; its padding: padding.h).
 */

import { require } from "../error.ts";
import { clamp } from "../graph/fixed_point.ts";
import { shapeText, type Tensor } from "../graph/tensor.ts";
import type { TfliteOperator, Values } from "./descriptor.ts";
import { defineOperator } from "./descriptor.ts";
import { activationOf, activationRange, zeroPointOf } from "./families/activation.ts";
import {
  channelFactors,
  checkWeights,
  convolutionTensors,
  geometryOf,
  STRIDE_FIELDS,
  samePadding,
} from "./families/convolution.ts";
import { ONNX_TRANSPOSE_CONV } from "./families/onnx_transpose_conv.ts";
import { constantNumbers } from "./families/parameters.ts";
import { sumRangeOf } from "./families/sum_range.ts";
import {
  macs,
  portableTransposeConv,
  portableTransposeConv16,
  problemOf,
  type TransposeConvAttributes,
  type TransposeConvLayer,
} from "./families/transpose_conv_kernels.ts";
import { checkSums, scalingOf } from "./families/wide_sums.ts";

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
  checkWeights(layer, filters, 0, ["int64"]);
  require(input.shape.length === 4 && filter.shape.length === 4 && depth === input.shape[3], () =>
    `expects an input of 4 dimensions and a filter of 4 with as many channels, found ${shapeText(input)} and ${shapeText(filter)}. The file may be damaged; re-export it.`);
  const { padTop, padLeft } = layer.attributes;
  require(padTop >= 0 && padLeft >= 0, () =>
    `expects padding of at least 0 before the input, found ${padTop} and ${padLeft}. Re-export the model.`);
  const expected = shapeOf(layer.inputs, layer.attributes).join("×");
  require(shapeText(output) === expected, () =>
    `expects an output of ${expected} for its input, kernel, strides and padding, found ${shapeText(output)}. The file may be damaged; re-export it.`);
  checkSums(problemOf(layer));
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
  const scale = scalingOf(layer, channelFactors(layer, filters));
  const { min, max } = activationRange(a.activation, output);
  const result = sums.map((sum, at) => clamp(scale(sum, at % filters) + zeroPointOf(output), min, max));
  return [output.dtype === "int16" ? Int16Array.from(result) : Int8Array.from(result)];
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
  onnx: [ONNX_TRANSPOSE_CONV],
  check,
  shapes: ({ inputs, attributes }) => [shapeOf(inputs, attributes)],
  macs,
  traits: { channels: () => "filters", clipped: () => true, sums: (layer) => sumRangeOf(problemOf(layer)) },
  evaluate,
  variants: [portableTransposeConv, portableTransposeConv16],
  limits: "int8 and 16x8; constant filter; any stride and padding",
});
