/**
 * Finds the channels that hold one value over their whole map, whatever the network's input. Each is evaluated with
 * the operator's own reference, borders included.
 */

import { type Graph, type Layer, layerOf } from "../../graph/graph.ts";
import {
  elementCount,
  numbersOf,
  type Tensor,
  type TensorId,
  type Values,
  valuesOf,
} from "../../graph/tensor.ts";
import { zeroPointOf } from "../../ops/families/activation.ts";
import { descriptorOf } from "../../ops/index.ts";
import { channelsOf, flowOf, sliceChannels, sliceTensor } from "./channels.ts";

/** Per channel its value; `undefined` where it depends on the input. */
export type ChannelValues = readonly (number | undefined)[];

/** The value that all elements have; `undefined` where they differ. */
function commonValue(values: Values | undefined): number | undefined {
  const [first, ...rest] = numbersOf(values);
  return rest.every((value) => value === first) ? first : undefined;
}

/** Evaluates a layer whose activations hold, in every pixel, `pixel(input index)`. */
function evaluateUniform(layer: Layer, pixel: (index: number) => readonly number[]): number | undefined {
  const inputs = layer.inputs.map((tensor, index) => {
    if (!tensor) return undefined;
    if (tensor.data) return valuesOf(tensor.dtype, tensor.data);
    const channels = pixel(index);
    return Int8Array.from(
      { length: elementCount(tensor.shape) },
      (_, at) => channels[at % channels.length] ?? 0,
    );
  });
  return commonValue(descriptorOf(layer.operator).evaluate(layer, inputs)[0]);
}

/** Output channels of a layer that treats each channel alone. */
function throughEach(
  layer: Layer,
  known: readonly (ChannelValues | undefined)[],
  output: Tensor,
): ChannelValues {
  const channels = channelsOf(output);
  return Array.from({ length: channels }, (_, channel) => {
    const reduced: Layer = {
      ...layer,
      inputs: layer.inputs.map((tensor) => tensor && sliceChannels(tensor, channels, [channel])),
      outputs: layer.outputs.map((tensor) => sliceChannels(tensor, channels, [channel])),
    };
    // A depthwise filter of zeros gives the bias, whatever it is multiplied with.
    const [input, filter] = reduced.inputs;
    const ignores =
      layer.operator.kind === "depthwise_conv_2d" && !!filter?.data?.every((weight) => weight === 0);
    const values = layer.inputs.map((tensor, index) => {
      if (!tensor || tensor.data) return 0;
      return ignores && input ? zeroPointOf(input) : known[index]?.[channel];
    });
    if (values.some((value) => value === undefined)) return undefined;
    return evaluateUniform(reduced, (index) => [values[index] ?? 0]);
  });
}

/** Output channels of a layer with a filter for each. */
function throughFilters(layer: Layer, input: ChannelValues | undefined): ChannelValues {
  const [activation, filter, bias] = layer.inputs;
  const [output] = layer.outputs;
  if (!activation || !filter?.data || !output) return [];
  const filters = filter.shape[0] ?? 1;
  const depth = channelsOf(filter);
  const run = filter.data.length / filters;
  return Array.from({ length: filters }, (_, index) => {
    const weights = filter.data?.subarray(index * run, (index + 1) * run) ?? [];
    const used = Array.from({ length: depth }, (_, channel) => channel).filter((channel) => {
      for (let at = channel; at < run; at += depth) if (weights[at] !== 0) return true;
      return false;
    });
    const values = used.map((channel) => input?.[channel]);
    if (values.some((value) => value === undefined)) return undefined;
    // One channel is left where none is used: its weights are zero.
    const kept = used.length > 0 ? used : [0];
    const reduced: Layer = {
      ...layer,
      inputs: [
        sliceTensor(activation, activation.shape.length - 1, kept),
        sliceTensor(sliceTensor(filter, 0, [index]), filter.shape.length - 1, kept),
        bias && sliceTensor(bias, bias.shape.length - 1, [index]),
      ],
      outputs: [sliceTensor(output, output.shape.length - 1, [index])],
    };
    return evaluateUniform(reduced, () => (used.length > 0 ? values.map((value) => value ?? 0) : [0]));
  });
}

/** The known channels of every activation that an operator with a channel flow writes. */
export function constantChannels(graph: Graph): ReadonlyMap<TensorId, ChannelValues> {
  const known = new Map<TensorId, ChannelValues>();
  for (const operator of graph.operators) {
    const layer = layerOf(graph, operator);
    const [output] = layer.outputs;
    const [outputId, inputId] = [operator.outputs[0], operator.inputs[0]];
    if (outputId === undefined || inputId === undefined || output?.dtype !== "int8") continue;
    switch (flowOf(layer)) {
      case "each":
        known.set(
          outputId,
          throughEach(
            layer,
            operator.inputs.map((id) => known.get(id)),
            output,
          ),
        );
        break;
      case "filters":
        known.set(outputId, throughFilters(layer, known.get(inputId)));
        break;
      case "flatten": {
        const input = known.get(inputId);
        if (input)
          known.set(
            outputId,
            Array.from({ length: channelsOf(output) }, (_, i) => input[i % input.length]),
          );
        break;
      }
      default:
    }
  }
  return known;
}
