/** What AVERAGE_POOL_2D and MAX_POOL_2D share: options, rules, windows and the kernels' parameter list. */

import { require } from "../../error.ts";
import { clamp } from "../../graph/fixed_point.ts";
import { elementBytes, elementCount, shapeText, zeros } from "../../graph/tensor.ts";
import { hasSimd } from "../../plan/target.ts";
import type {
  Argument,
  FieldSpec,
  KernelVariant,
  Layer,
  RowFlow,
  TfliteOperator,
  Values,
} from "../descriptor.ts";
import { type Activation, activationOf, activationRange } from "./activation.ts";
import { type ConvolutionAttributes, STRIDE_FIELDS, samePadding } from "./convolution.ts";
import { checkSameNumbers, oneToOne } from "./parameters.ts";
import { overlapDistance } from "./window_overlap.ts";

export interface PoolAttributes
  extends Pick<ConvolutionAttributes, "strideHeight" | "strideWidth" | "padTop" | "padLeft"> {
  readonly windowHeight: number;
  readonly windowWidth: number;
  /** SAME padding below and to the right follows from the output's size. */
  readonly same: boolean;
  /** Padding below and to the right where it is given; none if left out. */
  readonly padBottom?: number;
  readonly padRight?: number;
  readonly activation: Activation;
}

/** The fields of `Pool2DOptions`. */
export const POOL_FIELDS: Readonly<Record<string, FieldSpec>> = {
  ...STRIDE_FIELDS,
  windowWidth: { id: 3, type: "int32" },
  windowHeight: { id: 4, type: "int32" },
  activation: { id: 5, type: "int8" },
};

/** Reads `Pool2DOptions`. Throws an `OperatorFault` on sizes that no exporter writes. */
export function readPool(operator: TfliteOperator): { attributes: PoolAttributes } {
  const [, height = 1, width = 1] = operator.inputs[0]?.shape ?? [];
  const size = (name: string) => {
    const value = operator.option(name);
    require(value >= 1 && value <= 4096, () =>
      `expects ${name} from 1 to 4096, found ${value}. The file may be damaged; re-export it.`);
    return value;
  };
  const strideHeight = size("strideHeight");
  const strideWidth = size("strideWidth");
  const windowHeight = size("windowHeight");
  const windowWidth = size("windowWidth");
  const padding = operator.option("padding");
  require(padding === 0 || padding === 1, () =>
    `expects padding SAME or VALID (0 or 1), found ${padding}. The file may be damaged; re-export it.`);
  const same = padding === 0;
  const activation = activationOf(operator.option("activation"));
  const [padTop] = same ? samePadding(height, windowHeight, strideHeight, 1) : [0];
  const [padLeft] = same ? samePadding(width, windowWidth, strideWidth, 1) : [0];
  return {
    attributes: {
      strideHeight,
      strideWidth,
      padTop,
      padLeft,
      windowHeight,
      windowWidth,
      same,
      activation,
    },
  };
}

function geometryOf(layer: Layer<PoolAttributes>) {
  const { input, output } = oneToOne(layer);
  const [batches = 1, height = 1, width = 1, channels = 1] = input.shape;
  const [, outHeight = 1, outWidth = 1] = output.shape;
  const { windowHeight: kernelHeight, windowWidth: kernelWidth } = layer.attributes;
  return { batches, height, width, channels, outHeight, outWidth, kernelHeight, kernelWidth };
}

/** The shape of the only output. */
export function poolShapes({ attributes, inputs }: Pick<Layer<PoolAttributes>, "attributes" | "inputs">) {
  const { strideHeight, strideWidth, windowHeight, windowWidth, same } = attributes;
  const { padTop, padLeft, padBottom = 0, padRight = 0 } = attributes;
  const [batches = 1, height = 1, width = 1, channels = 1] = inputs[0]?.shape ?? [];
  const expected = (size: number, window: number, stride: number, padding: number) =>
    same ? Math.ceil(size / stride) : Math.floor((size + padding - window) / stride) + 1;
  const outHeight = expected(height, windowHeight, strideHeight, padTop + padBottom);
  const outWidth = expected(width, windowWidth, strideWidth, padLeft + padRight);
  return [[batches, outHeight, outWidth, channels]];
}

/** How rows pass through a pool. */
export function poolRows(layer: Layer<PoolAttributes>): RowFlow<PoolAttributes> {
  const { attributes } = layer;
  const { width, outWidth } = geometryOf(layer);
  const { strideHeight, strideWidth, padTop, padLeft, windowHeight, windowWidth } = attributes;
  const padRight = Math.max(0, (outWidth - 1) * strideWidth - padLeft + windowWidth - width);
  return {
    stride: strideHeight,
    padding: padTop,
    reach: windowHeight,
    attributes: (above, below) => ({ ...attributes, same: false, padTop: above, padBottom: below, padRight }),
  };
}

/** Windows of int16 whose sum stays within int32. */
const MAX_WINDOW = 2 ** 16 - 1;

/** Throws an `OperatorFault` unless types, shapes and quantization are those of a pool. */
export function checkPool(layer: Layer<PoolAttributes>): void {
  const { input, output } = oneToOne(layer);
  require((input.dtype === "int8" || input.dtype === "int16") && output.dtype === input.dtype, () =>
    `expects int8 or int16 input and output, found ${input.dtype} and ${output.dtype}. Quantize the model to int8.`);
  const [shape = []] = poolShapes(layer);
  const [batches = 1, height = 1, width = 1] = input.shape;
  const { windowHeight, windowWidth } = layer.attributes;
  const pixels = Math.min(windowHeight, height) * Math.min(windowWidth, width);
  require(input.dtype === "int8" || pixels <= MAX_WINDOW, () =>
    `expects windows of at most ${MAX_WINDOW} pixels, found ${pixels}. Pool in two steps.`);
  require(input.shape.length === 4 && shape.join() === output.shape.join(), () =>
    `expects an output of ${shape.join("×")} for its input, window, strides and padding, found ${shapeText(output)}. The file may be damaged; re-export it.`);
  require(batches <= 64, () => `expects at most 64 batches, found ${batches}. Run them one by one.`);
  checkSameNumbers(input, output, 1e-6);
}

/** Applies `reduce` to the values of the input that lie under the window of each output element. */
export function evaluatePool(
  layer: Layer<PoolAttributes>,
  input: Values | undefined,
  reduce: (window: readonly number[]) => number,
): Values[] {
  const { output } = oneToOne(layer);
  const { height, width, channels, outHeight, outWidth } = geometryOf(layer);
  const { strideHeight, strideWidth, padTop, padLeft, windowHeight, windowWidth, activation } =
    layer.attributes;
  const { min, max } = activationRange(activation, output);
  const result = zeros(output.dtype, elementCount(output.shape));
  for (let at = 0; at < result.length; at++) {
    const channel = at % channels;
    const pixel = Math.floor(at / channels);
    const left = (pixel % outWidth) * strideWidth - padLeft;
    const top = (Math.floor(pixel / outWidth) % outHeight) * strideHeight - padTop;
    const batch = Math.floor(pixel / (outWidth * outHeight));
    const window: number[] = [];
    for (let y = Math.max(0, top); y < Math.min(height, top + windowHeight); y++) {
      for (let x = Math.max(0, left); x < Math.min(width, left + windowWidth); x++)
        window.push(Number(input?.[((batch * height + y) * width + x) * channels + channel]));
    }
    result[at] = clamp(reduce(window), min, max);
  }
  return [result];
}

/** The scalar kernel of a pool: one call a batch. */
export function portablePool(name: string, file: string): KernelVariant<PoolAttributes> {
  return {
    name,
    file,
    fits: () => true,
    cost(layer) {
      const { windowHeight, windowWidth } = layer.attributes;
      return elementCount(oneToOne(layer).output.shape) * (20 + 4 * windowHeight * windowWidth);
    },
    overlap(layer) {
      // Channel after channel, each written after it was read, so a pixel's writes stay behind its own reads.
      const channelwise = { buffered: true };
      const elements = overlapDistance(
        geometryOf(layer),
        layer.attributes,
        geometryOf(layer).channels,
        channelwise,
      );
      return elements * elementBytes(oneToOne(layer).input.dtype);
    },
    calls(layer) {
      const { batches, height, width, channels, outHeight, outWidth } = geometryOf(layer);
      const a = layer.attributes;
      const { min, max } = activationRange(a.activation, oneToOne(layer).output);
      const bytes = elementBytes(oneToOne(layer).input.dtype);
      return Array.from({ length: batches }, (_, batch): Argument[] => [
        { name: "bytes", literal: bytes },
        { name: "input", input: 0, offset: batch * height * width * channels * bytes },
        { name: "height", literal: height },
        { name: "width", literal: width },
        { name: "pixel_bytes", literal: channels * bytes },
        { name: "output", output: 0, offset: batch * outHeight * outWidth * channels * bytes },
        { name: "out_height", literal: outHeight },
        { name: "out_width", literal: outWidth },
        { name: "window_height", literal: a.windowHeight },
        { name: "window_width", literal: a.windowWidth },
        { name: "stride_height", literal: a.strideHeight },
        { name: "stride_width", literal: a.strideWidth },
        { name: "pad_top", literal: a.padTop },
        { name: "pad_left", literal: a.padLeft },
        { name: "activation_min", literal: min },
        { name: "activation_max", literal: max },
      ]);
    },
  };
}

/** Bytes of channels that the SIMD kernels read at once. */
const VECTOR_BYTES = 16;

/** The same with SIMD128; `dtype`: the only one that the kernel takes, which then has no argument that says it. */
export function simd128Pool(name: string, file: string, dtype?: "int8"): KernelVariant<PoolAttributes> {
  const portable = portablePool(name, file);
  return {
    ...portable,
    fits(layer, target) {
      const { input } = oneToOne(layer);
      const { windowHeight, windowWidth } = layer.attributes;
      const fits = dtype === undefined || (input.dtype === dtype && windowHeight * windowWidth <= MAX_WINDOW);
      return hasSimd(target) && fits;
    },
    // As the scalar kernel for each vector, of which one that is not full takes twice as long to read.
    cost(layer) {
      const { input, output } = oneToOne(layer);
      const { windowHeight, windowWidth } = layer.attributes;
      const { channels } = geometryOf(layer);
      const width = dtype === "int8" ? VECTOR_BYTES / 2 : VECTOR_BYTES / elementBytes(input.dtype);
      const vectors = Math.floor(channels / width) + (channels % width ? 2 : 0);
      return (elementCount(output.shape) / channels) * vectors * (20 + 4 * windowHeight * windowWidth);
    },
    calls: (layer, packed, style) =>
      portable
        .calls(layer, packed, style)
        .map((call) => call.filter(({ name: parameter }) => dtype === undefined || parameter !== "bytes")),
  };
}
