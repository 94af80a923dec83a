/**
 * A factor and a summand for each channel, as a depthwise convolution of one pixel: BatchNormalization that follows no
 * convolution, and averages over windows that count their padding.
 */

import { require } from "../../error.ts";
import type { Groups } from "../../graph/layout.ts";
import { bytesOf, shapeText } from "../../graph/tensor.ts";
import type { OnnxNode, OnnxReader, OnnxReading, OnnxSpelling } from "../onnx_spelling.ts";
import { scaleOf } from "./activation.ts";
import type { ConvolutionAttributes } from "./convolution.ts";
import { qlinearUnary } from "./onnx_elementwise.ts";
import { countsPadding, poolShapes, poolWindow } from "./onnx_pool.ts";
import { inputShape, sameShape } from "./onnx_shapes.ts";
import { channelsLast } from "./onnx_window.ts";

/** The largest weight: a factor's own scale makes it exact. */
const WEIGHT = 127;

/** BatchNormalization: input, scale, bias, mean, variance (ONNX: Operators.md). */
function normalized(node: OnnxNode) {
  const epsilon = node.float("epsilon", 1e-5);
  require(node.integer("training_mode", 0) === 0 && node.outputs.length <= 1, () =>
    "expects a batch normalization that is trained, found one in training mode. Export the model for inference.");
  return (x: number, scale: number, bias: number, mean: number, variance: number) =>
    ((x - mean) * scale) / Math.sqrt(variance + epsilon) + bias;
}

/** Dimension `axis` last, the others as batch, rows and columns. */
function pixelGroups(node: OnnxNode, axis: number): Groups {
  const others = inputShape(node).flatMap((_, d) => (d === axis ? [] : [[d]]));
  require(others.length <= 3, () =>
    `expects an input of at most 4 dimensions, found ${shapeText(node.inputs[0])}. Mote has no normalization of volumes.`);
  const [batch = [], ...pixels] = others;
  return [batch, ...Array.from({ length: 2 - pixels.length }, () => []), ...pixels, [axis]];
}

interface Depthwise {
  readonly groups: Groups;
  readonly kernel: readonly [number, number];
  readonly window: Omit<
    ConvolutionAttributes,
    "activation" | "rounding" | "dilationHeight" | "dilationWidth"
  >;
  /** For each channel: of each value under the window, and of the sum. */
  readonly factors: readonly number[];
  readonly summands: readonly number[];
}

function reading(
  node: OnnxReader,
  { groups, kernel, window, factors, summands }: Depthwise,
): OnnxReading<ConvolutionAttributes> {
  const input = node.arranged(0, groups);
  const channels = factors.length;
  const scales = factors.map((factor) => Math.abs(factor) / WEIGHT || 1);
  const weights = Int8Array.from(
    { length: kernel[0] * kernel[1] * channels },
    (_, index) => Math.sign(factors[index % channels] ?? 0) * WEIGHT,
  );
  const bias = Int32Array.from(summands, (summand, channel) => {
    const value = Math.round(summand / (scaleOf(input.tensor) * (scales[channel] ?? 1)));
    require(Math.abs(value) < 2 ** 31, () =>
      `expects summands below 2^31 steps of the input times its factor, found ${summand}. Re-export the model.`);
    return value;
  });
  const quantization = { scales, zeroPoints: scales.map(() => 0), axis: scales.length > 1 ? 3 : 0 };
  const shape = [1, ...kernel, channels];
  const filter = node.constant({ shape, dtype: "int8", quantization, data: bytesOf(weights) }, "factors");
  const offset = node.constant({ shape: [channels], dtype: "int32", data: bytesOf(bias) }, "summands");
  return {
    attributes: {
      ...window,
      dilationHeight: 1,
      dilationWidth: 1,
      activation: node.activation,
      rounding: "once",
    },
    inputs: [input, filter, offset],
    outputs: [groups],
  };
}

const PIXEL = { strideHeight: 1, strideWidth: 1, padTop: 0, padBottom: 0, padLeft: 0, padRight: 0 };

export const ONNX_BATCH_NORMALIZATION: OnnxSpelling<ConvolutionAttributes> = {
  name: "BatchNormalization",
  shapes: sameShape,
  real: normalized,
  linear: [0],
  channelwise: true,
  activates: true,
  affine: true,
  read(node) {
    const { fold } = node;
    require(!!fold, () =>
      "expects constant parameters, found computed ones. Export the model for inference.");
    return reading(node, { groups: pixelGroups(node, fold.axis), kernel: [1, 1], window: PIXEL, ...fold });
  },
};

/** An average that counts padding as zeros is a sum with one factor. */
export const ONNX_PADDED_AVERAGE: OnnxSpelling<ConvolutionAttributes> = {
  name: "AveragePool",
  quantized: [qlinearUnary("QLinearAveragePool")],
  accepts: countsPadding,
  shapes: poolShapes,
  coding: "within",
  read(node) {
    const { kernel, strides, before, after } = poolWindow(node);
    const shape = inputShape(node);
    const channels = shape[1] ?? 1;
    return reading(node, {
      groups: channelsLast(shape.length),
      kernel,
      window: {
        strideHeight: strides[0],
        strideWidth: strides[1],
        padTop: before[0],
        padBottom: after[0],
        padLeft: before[1],
        padRight: after[1],
      },
      factors: new Array<number>(channels).fill(1 / (kernel[0] * kernel[1])),
      summands: new Array<number>(channels).fill(0),
    });
  },
};
