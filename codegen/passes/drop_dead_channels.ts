/**
 * Drops channels that hold a constant or that nobody reads: the constant goes into the next layer's bias, and the
 * channel's filter, activations and multiply-accumulates go altogether.
 */

import { type Graph, type Layer, layerOf, type Operator, tensorAt } from "../graph/graph.ts";
import { readersOf } from "../graph/rewrite.ts";
import { bytesOf, type Tensor, type TensorId } from "../graph/tensor.ts";
import { channelsOf, flowOf, sliceChannels, sliceTensor } from "./dead_channels/channels.ts";
import { type ChannelValues, constantChannels } from "./dead_channels/constant_channels.ts";
import { biasWithout, type Droppable, droppableChannels } from "./dead_channels/droppable.ts";
import type { Pass } from "./pass.ts";

const NONE: ReadonlySet<number> = new Set();

function keptOf(count: number, dropped: ReadonlySet<number>): number[] {
  return Array.from({ length: count }, (_, channel) => channel).filter((channel) => !dropped.has(channel));
}

/** Tensors of the rewritten graph; constants are added as they are cut, since two operators may share one. */
class Tensors {
  readonly list: Tensor[];

  constructor(graph: Graph) {
    this.list = [...graph.tensors];
  }

  add(tensor: Tensor): TensorId {
    return this.list.push(tensor) - 1;
  }
}

/** A filter layer without the dropped input and output channels. Throws a `RangeError` where the bias does not fit. */
function cutFilters(
  layer: Layer,
  tensors: Tensors,
  dropped: Droppable,
  known: ReadonlyMap<TensorId, ChannelValues>,
): Operator {
  const { operator } = layer;
  const [inputId = -1] = operator.inputs;
  const [outputId = -1] = operator.outputs;
  const [, filter, bias] = layer.inputs;
  if (!filter) throw new RangeError("a filter layer has a filter");
  const filters = filter.shape[0] ?? 1;
  const inputs = dropped.get(inputId) ?? NONE;
  const kept = keptOf(filters, dropped.get(outputId) ?? NONE);
  const cut = sliceTensor(
    sliceTensor(filter, 0, kept),
    filter.shape.length - 1,
    keptOf(channelsOf(filter), inputs),
  );
  const folded = biasWithout(layer, inputs, known.get(inputId) ?? []);
  if (!folded) throw new RangeError("checked before");
  const values: Tensor = {
    name: bias?.name ?? `${filter.name} bias`,
    dtype: "int32",
    shape: [kept.length],
    data: bytesOf(Int32Array.from(kept, (index) => folded[index] ?? 0)),
  };
  return { ...operator, inputs: [inputId, tensors.add(cut), tensors.add(values)] };
}

/** A layer that treats each channel alone, with its constants cut. */
function cutEach(layer: Layer, tensors: Tensors, dropped: Droppable): Operator {
  const { operator } = layer;
  const [output] = layer.outputs;
  const channels = output ? channelsOf(output) : 0;
  const kept = keptOf(channels, dropped.get(operator.outputs[0] ?? -1) ?? NONE);
  const inputs = operator.inputs.map((id, index) => {
    const tensor = layer.inputs[index];
    return tensor?.data ? tensors.add(sliceChannels(tensor, channels, kept)) : id;
  });
  return { ...operator, inputs };
}

function rewrite(graph: Graph, dropped: Droppable, known: ReadonlyMap<TensorId, ChannelValues>): Graph {
  const tensors = new Tensors(graph);
  const touched = (id: TensorId | undefined) => id !== undefined && (dropped.get(id)?.size ?? 0) > 0;
  const operators = graph.operators.map((operator) => {
    if (![...operator.inputs, ...operator.outputs].some(touched)) return operator;
    const layer = layerOf(graph, operator);
    switch (flowOf(layer)) {
      case "filters":
        return cutFilters(layer, tensors, dropped, known);
      case "each":
        return cutEach(layer, tensors, dropped);
      default:
        return operator;
    }
  });
  for (const [id, channels] of dropped) {
    const tensor = tensorAt(graph, id);
    if (channels.size > 0) {
      tensors.list[id] = sliceTensor(tensor, tensor.shape.length - 1, keptOf(channelsOf(tensor), channels));
    }
  }
  return { ...graph, operators, tensors: tensors.list };
}

/** Tensors whose dropped channels would push a reader's bias out of int32. */
function overflowing(
  graph: Graph,
  dropped: Droppable,
  known: ReadonlyMap<TensorId, ChannelValues>,
): TensorId[] {
  const readers = readersOf(graph);
  return [...dropped].flatMap(([id, channels]) => {
    const fits = (readers.get(id) ?? []).every((reader) => {
      const layer = layerOf(graph, reader);
      return flowOf(layer) !== "filters" || biasWithout(layer, channels, known.get(id) ?? []) !== undefined;
    });
    return fits ? [] : [id];
  });
}

function run(graph: Graph): Graph {
  const known = new Map(constantChannels(graph));
  for (;;) {
    const dropped = droppableChannels(graph, known);
    const tooLarge = overflowing(graph, dropped, known);
    if (tooLarge.length === 0) {
      return [...dropped.values()].every(({ size }) => size === 0) ? graph : rewrite(graph, dropped, known);
    }
    // What nobody knows to be constant is not folded into a bias.
    for (const id of tooLarge) known.delete(id);
  }
}

export const dropDeadChannels: Pass = {
  name: "drop_dead_channels",
  summary: "folds channels that are constant into the next bias, drops those that nobody reads",
  run,
};
