/** Decides which channels can go: those that every reader can do without, exactly. */

import { type Graph, type Layer, layerOf, type Operator, tensorAt } from "../../graph/graph.ts";
import { readersOf, writerOf } from "../../graph/rewrite.ts";
import type { TensorId } from "../../graph/tensor.ts";
import type { ChannelFlow } from "../../ops/descriptor.ts";
import { zeroPointOf } from "../../ops/families/activation.ts";
import { type ChannelValues, type ChannelWeights, channelWeights } from "./channel_weights.ts";
import { type ChannelSource, channelsOf, flowOf, indices, isClipped, sourcesOf } from "./channels.ts";

/** Channels to drop from each tensor. */
export type Droppable = ReadonlyMap<TensorId, ReadonlySet<number>>;

/** A layer as the analysis sees it. */
export interface ChannelLayer {
  readonly layer: Layer;
  readonly flow: ChannelFlow | undefined;
  /** Of a `filters` layer. */
  readonly weights?: ChannelWeights;
  /** Of a `flatten` or `join` layer: the source of each output channel. */
  readonly sources?: readonly ChannelSource[];
}

export function channelLayers(graph: Graph): ReadonlyMap<Operator, ChannelLayer> {
  return new Map(
    graph.operators.map((operator): [Operator, ChannelLayer] => {
      const layer = layerOf(graph, operator);
      const flow = flowOf(layer);
      if (flow === "filters") return [operator, { layer, flow, weights: channelWeights(layer) }];
      if (flow === "flatten" || flow === "join")
        return [operator, { layer, flow, sources: sourcesOf(layer, flow) }];
      return [operator, { layer, flow }];
    }),
  );
}

/**
 * One filter alone would look like a filter with one scale for the whole tensor, whose factor a fully connected
 * layer rounds otherwise; so at least this many channels stay.
 */
const LEAST_CHANNELS = 2;

/** The channels that may go as far as is known; shrinks until everyone agrees. */
class Candidates {
  readonly sets = new Map<TensorId, Set<number>>();

  has(id: TensorId | undefined, channel: number): boolean {
    return id !== undefined && !!this.sets.get(id)?.has(channel);
  }
}

/** Whether the operator that writes the channel can leave it out. */
function mayStopWriting(candidates: Candidates, channel: number, writer: ChannelLayer): boolean {
  const { inputs } = writer.layer.operator;
  const gone = (position: number, of: number) =>
    !!writer.layer.inputs[position]?.data || candidates.has(inputs[position], of);
  switch (writer.flow) {
    case "filters":
      return true;
    case "each":
      return inputs.every((id, position) => id < 0 || gone(position, channel));
    case "flatten":
    case "join": {
      const source = writer.sources?.[channel];
      return !!source && gone(source.input, source.channel);
    }
    default:
      return false;
  }
}

/** Whether a reader of tensor `id`, in which the channel holds `value` if that is known, can do without the channel. */
function canDoWithout(
  candidates: Candidates,
  id: TensorId,
  channel: number,
  value: number | undefined,
  reader: ChannelLayer,
): boolean {
  const { layer, weights } = reader;
  const [outputId] = layer.operator.outputs;
  switch (reader.flow) {
    case "each":
      return candidates.has(outputId, channel);
    case "flatten":
    case "join":
      return !!reader.sources?.every(
        (source, output) =>
          layer.operator.inputs[source.input] !== id ||
          source.channel !== channel ||
          candidates.has(outputId, output),
      );
    case "filters": {
      const [input] = layer.inputs;
      const foldable =
        value !== undefined && (!isClipped(layer) || (!!input && value === zeroPointOf(input)));
      if (foldable || !weights) return foldable;
      for (let index = 0; index < weights.filters; index++) {
        if (weights.used[index * weights.channels + channel] && !candidates.has(outputId, index))
          return false;
      }
      return true;
    }
    default:
      return false;
  }
}

/** The greatest set of channels in which each one's readers can do without it. */
export function droppableChannels(
  graph: Graph,
  layers: ReadonlyMap<Operator, ChannelLayer>,
  known: ReadonlyMap<TensorId, ChannelValues>,
): Droppable {
  const readers = readersOf(graph);
  const writers = writerOf(graph);
  const candidates = new Candidates();
  for (const [id, writer] of writers) {
    if (graph.outputs.includes(id) || !layers.get(writer)?.flow) continue;
    candidates.sets.set(id, new Set(indices(channelsOf(tensorAt(graph, id)))));
  }

  const agreed = (id: TensorId, channel: number): boolean => {
    const writer = writers.get(id);
    const writing = writer && layers.get(writer);
    return (
      !!writing &&
      mayStopWriting(candidates, channel, writing) &&
      (readers.get(id) ?? []).every((operator) => {
        const reader = layers.get(operator);
        return !!reader && canDoWithout(candidates, id, channel, known.get(id)?.[channel], reader);
      })
    );
  };

  /** Whether some channel had to stay. */
  const shrink = (): boolean => {
    let changed = false;
    for (const [id, channels] of candidates.sets) {
      for (const channel of channels) {
        if (!agreed(id, channel) && channels.delete(channel)) changed = true;
      }
    }
    return changed;
  };

  /** Whether some tensor would have had too few channels left. */
  const keepLeast = (): boolean => {
    let changed = false;
    for (const [id, channels] of candidates.sets) {
      const all = channelsOf(tensorAt(graph, id));
      for (const channel of channels) {
        if (all - channels.size >= Math.min(LEAST_CHANNELS, all)) break;
        channels.delete(channel);
        changed = true;
      }
    }
    return changed;
  };

  do while (shrink());
  while (keepLeast());
  return candidates.sets;
}
