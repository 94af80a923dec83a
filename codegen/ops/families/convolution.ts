/** What CONV_2D, DEPTHWISE_CONV_2D and FULLY_CONNECTED share: geometry, rules, requantization, packing. */

import { require } from "../../error.ts";
import { type FixedFactor, fixedFactor } from "../../graph/fixed_point.ts";
import type { Layer } from "../../graph/graph.ts";
import {
  constantValues,
  type DType,
  elementCount,
  numbersOf,
  shapeText,
  type Tensor,
  valuesOf,
} from "../../graph/tensor.ts";
import type { FieldSpec, PackedConstant, RowFlow, TfliteOperator } from "../descriptor.ts";
import { type Activation, activationOf, scaleOf, zeroPointOf } from "./activation.ts";

export interface ConvolutionAttributes {
  readonly strideHeight: number;
  readonly strideWidth: number;
  readonly dilationHeight: number;
  readonly dilationWidth: number;
  readonly padTop: number;
  readonly padBottom: number;
  readonly padLeft: number;
  readonly padRight: number;
  readonly activation: Activation;
  /** `once`: sums are rounded once, not twice as TFLite Micro does. */
  readonly rounding?: "once";
}

/** Sizes of a window operator: input, kernel and output, NHWC. */
export interface WindowGeometry {
  readonly batches: number;
  readonly height: number;
  readonly width: number;
  readonly channels: number;
  readonly outHeight: number;
  readonly outWidth: number;
  readonly kernelHeight: number;
  readonly kernelWidth: number;
}

/** The option fields of `Conv2DOptions` and `DepthwiseConv2DOptions` that have equal numbers in both. */
export const STRIDE_FIELDS: Readonly<Record<string, FieldSpec>> = {
  padding: { id: 0, type: "int8" },
  strideWidth: { id: 1, type: "int32" },
  strideHeight: { id: 2, type: "int32" },
};

/** The dilation fields of both options tables; `first` is the number of the first. */
export function dilationFields(first: number): Readonly<Record<string, FieldSpec>> {
  return {
    dilationWidth: { id: first, type: "int32", default: 1 },
    dilationHeight: { id: first + 1, type: "int32", default: 1 },
  };
}

/** Input, filter and output of a layer. Throws an `OperatorFault` where one is missing. */
export function convolutionTensors(layer: Layer<unknown>): { input: Tensor; filter: Tensor; output: Tensor } {
  const [input, filter] = layer.inputs;
  const [output] = layer.outputs;
  require(layer.inputs.length <= 3 && layer.outputs.length === 1 && !!input && !!filter && !!output, () =>
    `expects input, filter, an optional bias and one output, found ${layer.inputs.length} inputs and ${layer.outputs.length} outputs. The file may be damaged; re-export it.`);
  return { input, filter, output };
}

/** The total padding along one dimension by TFLite's SAME rule, split as it does: the smaller half first. */
export function samePadding(
  input: number,
  kernel: number,
  stride: number,
  dilation: number,
): [number, number] {
  const output = Math.ceil(input / stride);
  const total = Math.max(0, (output - 1) * stride + (kernel - 1) * dilation + 1 - input);
  return [Math.floor(total / 2), total - Math.floor(total / 2)];
}

/** Reads strides, dilations, padding and activation; `filter` is [·, height, width, ·]. */
export function readConvolution(operator: TfliteOperator): ConvolutionAttributes {
  const [input, filter] = operator.inputs;
  require(input?.shape.length === 4 && filter?.shape.length === 4, () =>
    `expects an input and a filter of 4 dimensions, found ${shapeText(input)} and ${shapeText(filter)}. The file may be damaged; re-export it.`);
  const [, height = 1, width = 1] = input.shape;
  const [, kernelHeight = 1, kernelWidth = 1] = filter.shape;
  const positive = (name: string) => {
    const value = operator.option(name);
    require(value >= 1 && value <= 1024, () =>
      `expects ${name} from 1 to 1024, found ${value}. The file may be damaged; re-export it.`);
    return value;
  };
  const strideHeight = positive("strideHeight");
  const strideWidth = positive("strideWidth");
  const dilationHeight = positive("dilationHeight");
  const dilationWidth = positive("dilationWidth");
  const same = operator.option("padding") === 0;
  const [padTop, padBottom] = same ? samePadding(height, kernelHeight, strideHeight, dilationHeight) : [0, 0];
  const [padLeft, padRight] = same ? samePadding(width, kernelWidth, strideWidth, dilationWidth) : [0, 0];
  return {
    strideHeight,
    strideWidth,
    dilationHeight,
    dilationWidth,
    padTop,
    padBottom,
    padLeft,
    padRight,
    activation: activationOf(operator.option("activation")),
  };
}

/** How rows pass through a convolution. */
export function windowRows(layer: Layer<ConvolutionAttributes>): RowFlow<ConvolutionAttributes> {
  const { attributes } = layer;
  const { kernelHeight } = geometryOf(layer);
  return {
    stride: attributes.strideHeight,
    padding: attributes.padTop,
    reach: (kernelHeight - 1) * attributes.dilationHeight + 1,
    attributes: (padTop, padBottom) => ({ ...attributes, padTop, padBottom }),
  };
}

/** Whether some windows look beyond the input. */
export function isPadded({
  padTop,
  padBottom,
  padLeft,
  padRight,
}: Pick<ConvolutionAttributes, "padTop" | "padBottom" | "padLeft" | "padRight">): boolean {
  return padTop + padBottom + padLeft + padRight > 0;
}

/** Geometry of a convolution layer from its tensors; filter is [·, height, width, ·]. */
export function geometryOf(layer: Layer<unknown>): WindowGeometry {
  const { input, filter, output } = convolutionTensors(layer);
  const [batches = 1, height = 1, width = 1, channels = 1] = input.shape;
  const [, kernelHeight = 1, kernelWidth = 1] = filter.shape;
  const [, outHeight = 1, outWidth = 1] = output.shape;
  return { batches, height, width, channels, outHeight, outWidth, kernelHeight, kernelWidth };
}

/**
 * The output of a convolution with `filters` output channels: its size follows from input, kernel, strides and padding.
 * Throws an `OperatorFault` where the kernel is larger than the padded input.
 */
export function windowShape(
  { inputs: [input, filter], attributes: a }: Pick<Layer<ConvolutionAttributes>, "inputs" | "attributes">,
  filters: number,
): readonly number[] {
  const [batches = 1, height = 1, width = 1] = input?.shape ?? [];
  const [, kernelHeight = 1, kernelWidth = 1] = filter?.shape ?? [];
  const extent = (kernel: number, dilation: number) => (kernel - 1) * dilation + 1;
  const rows = height + a.padTop + a.padBottom - extent(kernelHeight, a.dilationHeight);
  const columns = width + a.padLeft + a.padRight - extent(kernelWidth, a.dilationWidth);
  require(rows >= 0 && columns >= 0, () =>
    `expects an input of at least the kernel's size, found ${shapeText(input)} and a kernel of ${shapeText(filter)}. The file may be damaged; re-export it.`);
  const steps = (rest: number, stride: number) => Math.floor(rest / stride) + 1;
  return [batches, steps(rows, a.strideHeight), steps(columns, a.strideWidth), filters];
}

/** Throws an `OperatorFault` unless the layer's output is what `windowShape` says. */
export function checkWindow(layer: Layer<ConvolutionAttributes>, filters: number): void {
  const { input, output } = convolutionTensors(layer);
  const expected = windowShape(layer, filters).join("×");
  require(input.shape.length === 4 && shapeText(output) === expected, () =>
    `expects an output of ${expected} for its input, kernel, strides and padding, found ${shapeText(output)}. The file may be damaged; re-export it.`);
}

/**
 * Throws an `OperatorFault` unless input, filter, bias and output have the types, constants and quantization of int8 or
 * 16x8 layers; `wideBiases` are the types that the bias of a 16x8 layer may have, none where the operator has no 16x8.
 */
export function checkWeights(
  layer: Layer<unknown>,
  filters: number,
  channelAxis: number,
  wideBiases: readonly DType[] = [],
): void {
  const { input, filter, output } = convolutionTensors(layer);
  const bias = layer.inputs[2];
  const wide = input.dtype === "int16" && wideBiases.length > 0;
  const filterFits = filter.dtype === "int8" || (filter.dtype === "int4" && !wide);
  require((wide || input.dtype === "int8") && filterFits && output.dtype === input.dtype, () =>
    `expects int8 input and output with an int8 or int4 filter${wideBiases.length > 0 ? ", or int16 input and output with an int8 filter" : ""}, found ${input.dtype}, ${filter.dtype} and ${output.dtype}. Quantize the model to int8.`);
  require(!wide || (zeroPointOf(input) === 0 && zeroPointOf(output) === 0), () =>
    `expects int16 zero points of 0, found ${zeroPointOf(input)} and ${zeroPointOf(output)}. Quantize int16 activations symmetrically.`);
  require(!!filter.data, () =>
    "expects a constant filter, found one that is computed. Export the model with frozen weights.");
  require(filter.quantization?.zeroPoints.every((zero) => zero === 0) ?? false, () =>
    "expects filter zero points of 0, found others or none. Quantize the weights symmetrically.");
  const scales = filter.quantization?.scales ?? [];
  require(scales.length === 1 ||
    (scales.length === filters && filter.quantization?.axis === channelAxis), () =>
    `expects 1 filter scale or ${filters} along dimension ${channelAxis}, found ${scales.length} along ${filter.quantization?.axis}. Re-export the model.`);
  if (bias) {
    const types = wide ? wideBiases : ["int32"];
    require(types.includes(bias.dtype) && elementCount(bias.shape) === filters && !!bias.data, () =>
      `expects a constant ${types.join(" or ")} bias of ${filters} values, found ${bias.dtype} ${shapeText(bias)}. Re-export the model.`);
  }
  scaleOf(input);
  scaleOf(output);
}

/** The requantization factor of each filter: input scale · filter scale / output scale, in doubles. */
export function channelFactors(layer: Layer<unknown>, filters: number): FixedFactor[] {
  const { input, filter, output } = convolutionTensors(layer);
  const scales = filter.quantization?.scales ?? [];
  return Array.from({ length: filters }, (_, channel) =>
    fixedFactor((scaleOf(input) * (scales[channel] ?? scales[0] ?? 0)) / scaleOf(output)),
  );
}

/** The weights of a constant filter, int4 ones too; none of a computed one. */
export function weightsOf(filter: Tensor | undefined): Int8Array {
  return Int8Array.from(numbersOf(constantValues(filter)));
}

/** The bias of each filter, 0 where there is none. An int64 beyond 2^53 is rounded: `checkSums` refuses it. */
export function biasOf(bias: Tensor | undefined, filters: number): number[] {
  return bias?.data ? numbersOf(valuesOf(bias.dtype, bias.data)) : new Array<number>(filters).fill(0);
}

/** The bias with −(zero point of the input) · Σ weights added, so that kernels multiply plain values. */
export function foldedBias(
  layer: Layer<unknown>,
  filters: number,
  weight: (filter: number) => Iterable<number>,
): number[] {
  const [input, , bias] = layer.inputs;
  const zeroPoint = input ? zeroPointOf(input) : 0;
  if (zeroPoint === 0) return biasOf(bias, filters);
  return biasOf(bias, filters).map((value, filter) => {
    let sum = 0;
    for (const w of weight(filter)) sum += w;
    return (value - zeroPoint * sum) | 0;
  });
}

/** How a kernel gets its requantization factors. */
export interface Requantization {
  /** Bias words; then, per channel, multiplier words and exponent bytes. */
  readonly parameters: PackedConstant;
  /** Q31 multiplier of all channels, or 0 where each has its own. */
  readonly multiplier: number;
  /** Right shift of all channels. */
  readonly exponent: number;
  readonly rightOnly: boolean;
}

/** Packs bias and factors: one literal factor where all channels share it, a table otherwise. */
export function packRequantization(bias: readonly number[], factors: readonly FixedFactor[]): Requantization {
  const [first] = factors;
  const rightOnly = factors.every((factor) => factor.shift < 0 || factor.multiplier === 0);
  const exponentOf = (factor: FixedFactor) => (rightOnly ? Math.max(1, -factor.shift) : -factor.shift);
  const same =
    first &&
    first.multiplier !== 0 &&
    factors.every((factor) => factor.multiplier === first.multiplier && factor.shift === first.shift);
  if (same) {
    const bytes = new Uint8Array(Int32Array.from(bias).buffer);
    return {
      parameters: { bytes, align: 4, role: "weights" },
      multiplier: first.multiplier,
      exponent: exponentOf(first),
      rightOnly,
    };
  }
  const bytes = new Uint8Array(bias.length * 9);
  const view = new DataView(bytes.buffer);
  factors.forEach((factor, channel) => {
    view.setInt32(channel * 4, bias[channel] ?? 0, true);
    view.setInt32((bias.length + channel) * 4, factor.multiplier, true);
    view.setInt8(bias.length * 8 + channel, exponentOf(factor));
  });
  return { parameters: { bytes, align: 4, role: "weights" }, multiplier: 0, exponent: 0, rightOnly };
}
