/**
 * The smallest and largest value that each channel can take, whatever the network's input: a channel that its activation
 * always cuts off at the same end is as constant as one without weights.
 */

import { endsOf } from "../../graph/ends.ts";
import type { Layer } from "../../graph/graph.ts";
import {
  bytesOf,
  integerRange,
  numbersOf,
  packHalves,
  type Tensor,
  tensorBytes,
  zeros,
} from "../../graph/tensor.ts";
import type { ChannelFlow } from "../../ops/descriptor.ts";
import { scaleOf, zeroPointOf } from "../../ops/families/activation.ts";
import { biasOf, weightsOf } from "../../ops/families/convolution.ts";
import { tableOf } from "../../ops/families/unary_table.ts";
import { hasWideSums } from "../../ops/families/wide_sums.ts";
import { descriptorOf } from "../../ops/index.ts";
import { channelsOf, indices, isClipped, sourcesOf } from "./channels.ts";

/** Smallest and largest value of a channel. */
export type ValueRange = readonly [low: number, high: number];

/** By channel; a channel that is left out may hold anything. */
export type ChannelRanges = readonly (ValueRange | undefined)[];

/** The range of a channel of which nothing is known. */
function anyOf({ dtype }: Tensor): ValueRange {
  const { min, max } = integerRange(dtype);
  return [min, max];
}

/** Beyond this a positive shift in the requantization might wrap, and larger sums no longer give larger outputs. */
const MAX_SCALED = 2 ** 29;

/** The ranges of a layer's output channels from those of its inputs; empty where nothing is known. */
export function rangesThrough(
  layer: Layer,
  flow: ChannelFlow,
  inputs: readonly (ChannelRanges | undefined)[],
): ChannelRanges {
  const { traits, evaluate } = descriptorOf(layer.operator);
  switch (flow) {
    case "filters":
      return throughWeights(layer, 0, inputs[0] ?? []);
    case "flatten":
    case "join":
      return sourcesOf(layer, flow).map(({ input, channel }) => inputs[input]?.[channel]);
    case "each":
      if (layer.operator.kind === "depthwise_conv_2d") return throughWeights(layer, 3, inputs[0] ?? []);
      if (traits?.elementwise?.(layer)) {
        const position = layer.inputs.findIndex((tensor) => tensor && !tensor.data);
        const types = [layer.inputs[position]?.dtype, layer.outputs[0]?.dtype];
        if (types.some((dtype) => dtype !== "int8")) return [];
        return throughTable(tableOf(layer, evaluate), layer, inputs[position] ?? []);
      }
      return isWholeCopy(layer) ? (inputs[0] ?? []) : [];
  }
}

function isWholeCopy(layer: Layer): boolean {
  const [input] = layer.inputs;
  const [output] = layer.outputs;
  const copies = descriptorOf(layer.operator).traits?.copies?.(layer) ?? [];
  return (
    layer.inputs.length === 1 &&
    copies.length === 1 &&
    !!input &&
    !!output &&
    tensorBytes(input) === tensorBytes(output)
  );
}

/** Through a table of the int8 values −128 to 127. */
function throughTable(table: Int8Array, layer: Layer, input: ChannelRanges): ChannelRanges {
  return indices(channelsOf(layer.outputs[0])).map((channel) => {
    const [low, high] = input[channel] ?? [-128, 127];
    return endsOf(table.subarray(low + 128, high + 129));
  });
}

/**
 * Through a filter whose filters are dimension `axis`: 0 where all of its other dimensions belong to one filter, 3 in a
 * depthwise one. A sum is smallest where every weight meets the end of its input's range that makes it so.
 */
function throughWeights(layer: Layer, axis: 0 | 3, input: ChannelRanges): ChannelRanges {
  const [activation, filter, bias] = layer.inputs;
  if (!activation || !filter?.data) return [];
  const filters = filter.shape[axis] ?? 1;
  const channels = channelsOf(activation);
  const zeroPoint = zeroPointOf(activation);
  const clipped = isClipped(layer);
  const any = anyOf(activation);
  const lows = biasOf(bias, filters);
  const highs = [...lows];
  const weights = weightsOf(filter);
  const run = weights.length / filters;
  weights.forEach((weight, at) => {
    if (weight === 0) return;
    const index = axis === 0 ? Math.floor(at / run) : at % filters;
    const [low, high] = input[axis === 0 ? at % channels : index] ?? any;
    const ends = [weight * (low - zeroPoint), weight * (high - zeroPoint)];
    // A weight that meets no pixel adds nothing.
    if (clipped) ends.push(0);
    const [least, most] = endsOf(ends);
    lows[index] = (lows[index] ?? 0) + least;
    highs[index] = (highs[index] ?? 0) + most;
  });
  const first = outputsOf(layer, axis, lows);
  const last = outputsOf(layer, axis, highs);
  // Sums of int64 were checked to stay where their scaling is exact.
  const limit = hasWideSums(layer) ? Infinity : 2 ** 31;
  return indices(filters).map((index) => {
    const largest = Math.max(Math.abs(lows[index] ?? 0), Math.abs(highs[index] ?? 0));
    const [low, high] = [first[index], last[index]];
    const monotone = largest < limit && largest * factorOf(layer, index) < MAX_SCALED;
    return monotone && low !== undefined && high !== undefined ? [low, high] : undefined;
  });
}

/** The real factor from a filter's sums to its outputs. */
function factorOf(layer: Layer, index: number): number {
  const [activation, filter] = layer.inputs;
  const [output] = layer.outputs;
  const scales = filter?.quantization?.scales ?? [];
  if (!activation || !output) return Infinity;
  return (scaleOf(activation) * (scales[index] ?? scales[0] ?? Infinity)) / scaleOf(output);
}

/** What a layer makes of the sums: its reference on one pixel, with weights of zero and the sums as biases. */
function outputsOf(layer: Layer, axis: 0 | 3, sums: readonly number[]): number[] {
  const [activation, filter] = layer.inputs;
  const [output] = layer.outputs;
  if (!activation || !filter || !output) return [];
  const pixel = (tensor: Tensor, channels: number): Tensor => ({
    ...tensor,
    shape: tensor.shape.map((_, d) => (d === tensor.shape.length - 1 ? channels : 1)),
  });
  const weights = new Int8Array(sums.length);
  const wide = hasWideSums(layer);
  const biases = wide ? BigInt64Array.from(sums, BigInt) : Int32Array.from(sums);
  const single = pixel(activation, axis === 0 ? 1 : sums.length);
  const zeroFilter: Tensor = {
    ...filter,
    shape: filter.shape.map((_, d) => (d === axis ? sums.length : 1)),
    data: filter.dtype === "int4" ? packHalves(weights) : bytesOf(weights),
  };
  const bias: Tensor = {
    name: "sums",
    dtype: wide ? "int64" : "int32",
    shape: [sums.length],
    data: bytesOf(biases),
  };
  const probe: Layer = {
    ...layer,
    inputs: [single, zeroFilter, bias],
    outputs: [pixel(output, sums.length)],
  };
  const values = zeros(activation.dtype, channelsOf(single));
  return numbersOf(descriptorOf(layer.operator).evaluate(probe, [values, weights, biases])[0]);
}
