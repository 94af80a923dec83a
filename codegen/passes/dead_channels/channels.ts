/** Channels of tensors: how a layer's flow, where they come from, and tensors cut down to some of them. */

import type { Layer } from "../../graph/graph.ts";
import {
  bytesOf,
  constantValues,
  elementBytes,
  packHalves,
  type Quantization,
  type Tensor,
} from "../../graph/tensor.ts";
import type { ChannelFlow } from "../../ops/descriptor.ts";
import { descriptorOf } from "../../ops/index.ts";

/** Size of the last dimension; 1 for a scalar. */
export function channelsOf(tensor: Pick<Tensor, "shape"> | undefined): number {
  return tensor?.shape.at(-1) ?? 1;
}

/** Whole numbers from 0 below `count`. */
export function indices(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index);
}

/**
 * How a layer's channels flow, by its descriptor; `undefined` also where shapes do not bear it out, and where state is
 * involved, whose channels other inferences write.
 */
export function flowOf(layer: Layer): ChannelFlow | undefined {
  const flow = descriptorOf(layer.operator).traits?.channels?.(layer);
  const [output] = layer.outputs;
  if (!flow || !output || layer.outputs.length !== 1) return undefined;
  if ([...layer.inputs, output].some((tensor) => tensor?.state)) return undefined;
  return bears(flow, layer, channelsOf(output)) ? flow : undefined;
}

function bears(flow: ChannelFlow, layer: Layer, channels: number): boolean {
  const [first, filter] = layer.inputs;
  const activations = layer.inputs.filter((tensor) => tensor !== undefined && !tensor.data);
  switch (flow) {
    case "each":
      return activations.every((tensor) => channelsOf(tensor) === channels);
    case "filters":
      return (
        activations.length === 1 &&
        !!filter?.data &&
        filter.shape[0] === channels &&
        channelsOf(filter) % channelsOf(first) === 0
      );
    case "flatten":
      return channels % channelsOf(first) === 0;
    case "join":
      return layer.inputs.reduce((sum, tensor) => sum + channelsOf(tensor), 0) === channels;
  }
}

/** Whether some of a layer's pixels see only a part of its window, so that a constant adds less to them. */
export function isClipped(layer: Layer): boolean {
  return descriptorOf(layer.operator).traits?.clipped?.(layer) ?? false;
}

/** Where an output channel of a `flatten` or `join` layer comes from: position of the input, and its channel. */
export interface ChannelSource {
  readonly input: number;
  readonly channel: number;
}

/** For each output channel of a `flatten` or `join` layer its source. */
export function sourcesOf(layer: Layer, flow: "flatten" | "join"): ChannelSource[] {
  if (flow === "flatten") {
    const channels = channelsOf(layer.inputs[0]);
    return indices(channelsOf(layer.outputs[0])).map((at) => ({ input: 0, channel: at % channels }));
  }
  return layer.inputs.flatMap((tensor, input) =>
    indices(channelsOf(tensor)).map((channel) => ({ input, channel })),
  );
}

function sliceQuantization(quantization: Quantization, axis: number, kept: readonly number[]): Quantization {
  if (quantization.axis !== axis || quantization.scales.length <= 1) return quantization;
  return {
    axis,
    scales: kept.map((index) => quantization.scales[index] ?? 1),
    zeroPoints: kept.map((index) => quantization.zeroPoints[index] ?? quantization.zeroPoints[0] ?? 0),
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
  if (tensor.dtype === "int4") {
    const whole = {
      ...tensor,
      dtype: "int8" as const,
      data: bytesOf(constantValues(tensor) ?? new Int8Array()),
    };
    return { ...sliced, data: packHalves(sliceTensor(whole, axis, kept).data ?? []) };
  }
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

/**
 * A filter [filters, …, columns] with only some filters and input channels. Its columns are runs of `channels`, one run
 * where an input pixel has as many values as a filter, more where the filter takes the whole map at once.
 */
export function sliceFilter(
  filter: Tensor,
  channels: number,
  filters: readonly number[],
  inputs: readonly number[],
): Tensor {
  const columns = indices(channelsOf(filter) / channels).flatMap((run) =>
    inputs.map((channel) => run * channels + channel),
  );
  return sliceTensor(sliceTensor(filter, 0, filters), filter.shape.length - 1, columns);
}
