/** Channels of tensors, and layers cut down to some of their channels. */

import type { Layer } from "../../graph/graph.ts";
import { elementBytes, type Quantization, type Tensor } from "../../graph/tensor.ts";
import type { ChannelFlow } from "../../ops/descriptor.ts";
import { descriptorOf } from "../../ops/index.ts";

/** How a layer's channels flow, by its descriptor. */
export function flowOf(layer: Layer): ChannelFlow | undefined {
  return descriptorOf(layer.operator).traits?.channels?.(layer);
}

/** Size of the last dimension; 1 for a scalar. */
export function channelsOf(tensor: Pick<Tensor, "shape">): number {
  return tensor.shape.at(-1) ?? 1;
}

function sliceQuantization(quantization: Quantization, axis: number, kept: readonly number[]): Quantization {
  if (quantization.axis !== axis || quantization.scales.length <= 1) return quantization;
  return {
    axis,
    scales: kept.map((index) => quantization.scales[index] ?? 1),
    zeroPoints: kept.map((index) => quantization.zeroPoints[index] ?? 0),
  };
}

/** A tensor with only the `kept` indices of dimension `axis`: shape, quantization and, where constant, bytes. */
export function sliceTensor(tensor: Tensor, axis: number, kept: readonly number[]): Tensor {
  const shape = tensor.shape.map((size, dimension) => (dimension === axis ? kept.length : size));
  const { quantization, data } = tensor;
  const sliced = {
    ...tensor,
    shape,
    ...(quantization ? { quantization: sliceQuantization(quantization, axis, kept) } : {}),
  };
  if (!data) return sliced;
  const size = tensor.shape[axis] ?? 1;
  const inner = tensor.shape
    .slice(axis + 1)
    .reduce((product, count) => product * count, elementBytes(tensor.dtype));
  const outer = data.length / (size * inner);
  const bytes = new Uint8Array(outer * kept.length * inner);
  for (let row = 0; row < outer; row++) {
    kept.forEach((index, position) => {
      const from = (row * size + index) * inner;
      bytes.set(data.subarray(from, from + inner), (row * kept.length + position) * inner);
    });
  }
  return { ...sliced, data: bytes };
}

/** A tensor of an `each` layer with only some channels; constants that repeat over channels stay as they are. */
export function sliceChannels(tensor: Tensor, channels: number, kept: readonly number[]): Tensor {
  return channelsOf(tensor) === channels && channels > 1
    ? sliceTensor(tensor, tensor.shape.length - 1, kept)
    : tensor;
}
