/**
 * Finds the channels that hold one value over their whole map, whatever the network's input. Each is evaluated with
 * the operator's own reference, borders included.
 */

import { type Graph, type Layer, layerOf } from "../../graph/graph.ts";
import {
  constantValues,
  elementCount,
  numbersOf,
  type Tensor,
  type TensorId,
  type Values,
} from "../../graph/tensor.ts";
import type { ChannelFlow } from "../../ops/descriptor.ts";
import { weightsOf } from "../../ops/families/convolution.ts";
import { descriptorOf } from "../../ops/index.ts";
import { type ChannelValues, channelWeights } from "./channel_weights.ts";
import {
  channelsOf,
  flowOf,
  indices,
  sliceChannels,
  sliceFilter,
  sliceTensor,
  sourcesOf,
} from "./channels.ts";
import { type ChannelRanges, rangesThrough } from "./value_ranges.ts";

/**
 * Most values and multiply-accumulates that the references may compute for one graph, so that a file with huge maps of
 * constants takes no time; a network for a small device stays far below.
 */
const MAX_WORK = 2 ** 25;

/** What is left of `MAX_WORK`. */
interface Budget {
  left: number;
}

/** Per channel the value that all its elements have; `undefined` where they differ. */
function commonValues(values: Values, channels: number): ChannelValues {
  const common: (number | undefined)[] = numbersOf(values.subarray(0, channels) as Values);
  values.forEach((value: number | bigint, at: number) => {
    if (Number(value) !== common[at % channels]) common[at % channels] = undefined;
  });
  return common;
}

/** An activation whose pixels all hold `pixel`. */
function filledWith(pixel: readonly number[], { dtype, shape }: Tensor): Values {
  const value = (_: unknown, at: number) => pixel[at % pixel.length] ?? 0;
  const count = { length: elementCount(shape) };
  return dtype === "int16" ? Int16Array.from(count, value) : Int8Array.from(count, value);
}

/** Output channels of a layer whose activations hold, in every pixel, `pixel(position among the inputs)`. */
function evaluateUniform(
  layer: Layer,
  budget: Budget,
  pixel: (position: number) => readonly number[],
): ChannelValues {
  const descriptor = descriptorOf(layer.operator);
  const [output] = layer.outputs;
  if (!output) return [];
  const elements = [...layer.inputs, output].reduce(
    (sum, tensor) => sum + (tensor ? elementCount(tensor.shape) : 0),
    0,
  );
  budget.left -= elements + (descriptor.macs?.(layer) ?? 0);
  if (budget.left < 0) return [];
  const inputs = layer.inputs.map((tensor, position) => {
    if (!tensor) return undefined;
    if (tensor.data) return constantValues(tensor);
    const values = pixel(position);
    return filledWith(values, tensor);
  });
  const [values] = descriptor.evaluate(layer, inputs);
  return values ? commonValues(values, channelsOf(output)) : [];
}

/** `found` at the positions `at` of an array of `count`. */
function scatter(count: number, at: readonly number[], found: ChannelValues): ChannelValues {
  const values: (number | undefined)[] = new Array(count).fill(undefined);
  at.forEach((channel, position) => {
    values[channel] = found[position];
  });
  return values;
}

/** Channels of a depthwise filter that are all zero: their output is the bias, whatever it is multiplied with. */
function ignoredChannels(layer: Layer, channels: number): Uint8Array {
  const ignored = new Uint8Array(channels);
  const filter = layer.inputs[1];
  if (layer.operator.kind !== "depthwise_conv_2d" || !filter?.data) return ignored;
  ignored.fill(1);
  weightsOf(filter).forEach((weight, at) => {
    if (weight !== 0) ignored[at % channels] = 0;
  });
  return ignored;
}

/** Output channels of a layer that treats each channel alone. */
function throughEach(
  layer: Layer,
  budget: Budget,
  known: readonly (ChannelValues | undefined)[],
): ChannelValues {
  const channels = channelsOf(layer.outputs[0]);
  const ignored = ignoredChannels(layer, channels);
  const valueAt = (position: number, channel: number) => {
    const tensor = layer.inputs[position];
    return !tensor || tensor.data || ignored[channel] ? 0 : known[position]?.[channel];
  };
  const kept = indices(channels).filter((channel) =>
    layer.inputs.every((_, position) => valueAt(position, channel) !== undefined),
  );
  if (kept.length === 0) return [];
  const cut = (tensor: Tensor) => sliceChannels(tensor, channels, kept);
  const reduced: Layer = {
    ...layer,
    inputs: layer.inputs.map((tensor) => tensor && cut(tensor)),
    outputs: layer.outputs.map(cut),
  };
  const found = evaluateUniform(reduced, budget, (position) =>
    kept.map((channel) => valueAt(position, channel) ?? 0),
  );
  return scatter(channels, kept, found);
}

/** Output channels of a layer with a filter for each: those that use only known input channels. */
function throughFilters(layer: Layer, budget: Budget, input: ChannelValues = []): ChannelValues {
  const [activation, filter, bias] = layer.inputs;
  const [output] = layer.outputs;
  if (!activation || !filter || !output) return [];
  const { channels, filters, used } = channelWeights(layer);
  const usedBy = (index: number) => indices(channels).filter((channel) => used[index * channels + channel]);
  const constant = indices(filters).filter((index) =>
    usedBy(index).every((channel) => input[channel] !== undefined),
  );
  if (constant.length === 0) return [];
  // A filter alone would look like one with one scale for the whole tensor, which a dense layer rounds otherwise.
  const rows = constant.length === 1 ? [...constant, ...constant] : constant;
  const columns = [...new Set(constant.flatMap(usedBy))];
  if (columns.length === 0) columns.push(0);
  const reduced: Layer = {
    ...layer,
    inputs: [
      sliceTensor(activation, activation.shape.length - 1, columns),
      sliceFilter(filter, channels, rows, columns),
      bias && sliceTensor(bias, bias.shape.length - 1, rows),
    ],
    outputs: [sliceTensor(output, output.shape.length - 1, rows)],
  };
  const found = evaluateUniform(reduced, budget, () => columns.map((channel) => input[channel] ?? 0));
  return scatter(filters, constant, found);
}

/** Per channel of a constant its value, where it holds only one. */
function valuesOfConstant(tensor: Tensor): ChannelValues {
  const values = constantValues(tensor);
  return values ? commonValues(values, channelsOf(tensor)) : [];
}

/** Output channels of any layer with a channel flow, as far as evaluating maps of constants tells. */
function throughLayer(
  layer: Layer,
  flow: ChannelFlow,
  budget: Budget,
  inputs: readonly (ChannelValues | undefined)[],
): ChannelValues {
  switch (flow) {
    case "each":
      return throughEach(layer, budget, inputs);
    case "filters":
      return throughFilters(layer, budget, inputs[0]);
    default: {
      const values = layer.inputs.map((tensor, at) => (tensor?.data ? valuesOfConstant(tensor) : inputs[at]));
      return sourcesOf(layer, flow).map(({ input, channel }) => values[input]?.[channel]);
    }
  }
}

/** Whether a tensor's values are of a type that the analysis computes with. */
function isQuantized(tensor: Tensor | undefined): boolean {
  return tensor?.dtype === "int8" || tensor?.dtype === "int16";
}

/** The known channels of every int8 or int16 activation that an operator with a channel flow writes. */
export function constantChannels(graph: Graph): ReadonlyMap<TensorId, ChannelValues> {
  const known = new Map<TensorId, ChannelValues>();
  const ranges = new Map<TensorId, ChannelRanges>();
  const budget: Budget = { left: MAX_WORK };
  for (const operator of graph.operators) {
    const layer = layerOf(graph, operator);
    const flow = flowOf(layer);
    const [outputId = -1] = operator.outputs;
    if (!flow || !isQuantized(layer.outputs[0])) continue;
    if (layer.inputs.some((tensor) => tensor && !tensor.data && !isQuantized(tensor))) continue;
    const values = throughLayer(
      layer,
      flow,
      budget,
      operator.inputs.map((id) => known.get(id)),
    );
    const limits = rangesThrough(
      layer,
      flow,
      operator.inputs.map((id) => ranges.get(id)),
    );
    const found = indices(channelsOf(layer.outputs[0])).map((channel) => {
      const [low, high] = limits[channel] ?? [];
      return values[channel] ?? (low === high ? low : undefined);
    });
    known.set(outputId, found);
    ranges.set(
      outputId,
      found.map((value, channel) => (value === undefined ? limits[channel] : [value, value])),
    );
  }
  return known;
}
