/** Decides which channels can go: those that every reader can do without, exactly. */

import { type Graph, type Layer, layerOf, tensorAt } from "../../graph/graph.ts";
import { readersOf, writerOf } from "../../graph/rewrite.ts";
import type { TensorId } from "../../graph/tensor.ts";
import { zeroPointOf } from "../../ops/families/activation.ts";
import { biasOf, type ConvolutionAttributes } from "../../ops/families/convolution.ts";
import { channelsOf, flowOf } from "./channels.ts";
import type { ChannelValues } from "./constant_channels.ts";

/** Channels to drop from each tensor. */
export type Droppable = ReadonlyMap<TensorId, ReadonlySet<number>>;

/**
 * One filter alone would look like a filter with one scale for the whole tensor, whose factor a fully connected
 * layer rounds otherwise; so at least this many channels stay.
 */
const LEAST_CHANNELS = 2;

/** Whether a layer's windows look beyond its input, where a constant does not reach. */
function isPadded(layer: Layer): boolean {
  const a = layer.attributes as Partial<ConvolutionAttributes>;
  return (a.padTop ?? 0) + (a.padBottom ?? 0) + (a.padLeft ?? 0) + (a.padRight ?? 0) > 0;
}

/** Σ weights of input channel `channel` in filter `index`, and whether any is not zero. */
export function channelWeights(layer: Layer, index: number, channel: number): { sum: number; used: boolean } {
  const [, filter] = layer.inputs;
  const data = filter?.data;
  if (!filter || !data) return { sum: 0, used: true };
  const run = data.length / (filter.shape[0] ?? 1);
  let sum = 0;
  let used = false;
  for (let at = index * run + channel; at < (index + 1) * run; at += channelsOf(filter)) {
    const weight = ((data[at] ?? 0) << 24) >> 24;
    sum += weight;
    used ||= weight !== 0;
  }
  return { sum, used };
}

/** The greatest set of channels in which each one's readers can do without it. */
export function droppableChannels(graph: Graph, known: ReadonlyMap<TensorId, ChannelValues>): Droppable {
  const readers = readersOf(graph);
  const writers = writerOf(graph);
  const layers = new Map(graph.operators.map((operator) => [operator, layerOf(graph, operator)]));
  const droppable = new Map<TensorId, Set<number>>();
  for (const [id, writer] of writers) {
    const layer = layers.get(writer);
    if (graph.outputs.includes(id) || !layer || !flowOf(layer)) continue;
    droppable.set(
      id,
      new Set(Array.from({ length: channelsOf(tensorAt(graph, id)) }, (_, channel) => channel)),
    );
  }
  const drops = (id: TensorId | undefined, channel: number) =>
    id !== undefined && !!droppable.get(id)?.has(channel);

  /** Whether the operator that writes tensor `id` can leave the channel out. */
  const mayStopWriting = (id: TensorId, channel: number): boolean => {
    const writer = writers.get(id);
    const layer = writer && layers.get(writer);
    if (!writer || !layer) return false;
    const activations = writer.inputs.filter((input, at) => input >= 0 && !layer.inputs[at]?.data);
    switch (flowOf(layer)) {
      case "filters":
        return true;
      case "each":
        return activations.every((input) => drops(input, channel));
      case "flatten": {
        const [input] = activations;
        return drops(input, channel % channelsOf(layer.inputs[0] ?? { shape: [] }));
      }
      default:
        return false;
    }
  };

  /** Whether a reader of tensor `id` gives the same output without the channel. */
  const canDoWithout = (id: TensorId, channel: number, layer: Layer): boolean => {
    const [outputId] = layer.operator.outputs;
    const [input, filter] = layer.inputs;
    const value = known.get(id)?.[channel];
    switch (flowOf(layer)) {
      case "each":
        return drops(outputId, channel);
      case "flatten": {
        const channels = channelsOf(tensorAt(graph, id));
        const outputs = channelsOf(layer.outputs[0] ?? { shape: [] });
        return Array.from({ length: outputs / channels }, (_, row) => row * channels + channel).every((at) =>
          drops(outputId, at),
        );
      }
      case "filters": {
        const foldable =
          value !== undefined && (!isPadded(layer) || (!!input && value === zeroPointOf(input)));
        return Array.from({ length: filter?.shape[0] ?? 0 }, (_, index) => index).every(
          (index) => drops(outputId, index) || foldable || !channelWeights(layer, index, channel).used,
        );
      }
      default:
        return false;
    }
  };

  for (let changed = true; changed; ) {
    changed = false;
    for (const [id, channels] of droppable) {
      for (const channel of [...channels]) {
        const readersAgree = (readers.get(id) ?? []).every((reader) => {
          const layer = layers.get(reader);
          return !!layer && canDoWithout(id, channel, layer);
        });
        if (readersAgree && mayStopWriting(id, channel)) continue;
        channels.delete(channel);
        changed = true;
      }
      const all = channelsOf(tensorAt(graph, id));
      for (let channel = 0; all - channels.size < Math.min(LEAST_CHANNELS, all); channel++) {
        if (channels.delete(channel)) changed = true;
      }
    }
  }
  return droppable;
}

/**
 * The bias of a filter layer with the dropped input channels' contributions in it; `undefined` where one leaves int32.
 */
export function biasWithout(
  layer: Layer,
  dropped: ReadonlySet<number>,
  values: ChannelValues,
): Int32Array | undefined {
  const [input, filter, bias] = layer.inputs;
  const filters = filter?.shape[0] ?? 0;
  const zeroPoint = input ? zeroPointOf(input) : 0;
  const sums = Array.from(biasOf(bias, filters), (value, index) => {
    let sum = value;
    for (const channel of dropped) {
      sum += channelWeights(layer, index, channel).sum * ((values[channel] ?? zeroPoint) - zeroPoint);
    }
    return sum;
  });
  return sums.every((sum) => sum >= -(2 ** 31) && sum < 2 ** 31) ? Int32Array.from(sums) : undefined;
}
