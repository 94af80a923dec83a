/** The graph without the dropped channels: filters, biases, constants and activations cut to what stays. */

import { type Graph, type Operator, tensorAt } from "../../graph/graph.ts";
import { bytesOf, type Tensor, type TensorId } from "../../graph/tensor.ts";
import { biasWithout, type ChannelValues } from "./channel_weights.ts";
import { channelsOf, indices, sliceChannels, sliceFilter, sliceTensor } from "./channels.ts";
import type { ChannelLayer, Droppable } from "./droppable.ts";

/** A decision: what goes, and the values of the channels that are folded into biases. */
export interface Decision {
  readonly layers: ReadonlyMap<Operator, ChannelLayer>;
  readonly known: ReadonlyMap<TensorId, ChannelValues>;
  readonly dropped: Droppable;
}

const NONE: ReadonlySet<number> = new Set();

function keptOf(count: number, dropped: ReadonlySet<number> = NONE): number[] {
  return indices(count).filter((channel) => !dropped.has(channel));
}

/** The biases of what stays of a `filters` layer; `undefined` where one leaves its type. */
export function foldedBiases(
  { layer, weights }: ChannelLayer,
  { known, dropped }: Decision,
): Int32Array | BigInt64Array | undefined {
  const [inputId = -1] = layer.operator.inputs;
  const [outputId = -1] = layer.operator.outputs;
  if (!weights) return undefined;
  return biasWithout(
    layer,
    weights,
    keptOf(weights.filters, dropped.get(outputId)),
    dropped.get(inputId) ?? NONE,
    known.get(inputId) ?? [],
  );
}

/** The inputs of a `filters` layer; `add` takes a new constant in. */
function cutFilters(
  reader: ChannelLayer,
  decision: Decision,
  add: (tensor: Tensor) => TensorId,
): readonly TensorId[] {
  const { layer, weights } = reader;
  const [inputId = -1] = layer.operator.inputs;
  const [outputId = -1] = layer.operator.outputs;
  const [, filter, bias] = layer.inputs;
  const folded = foldedBiases(reader, decision);
  if (!filter || !weights || !folded)
    throw new RangeError("a filter layer has a filter and a bias that fits");
  const { channels, filters } = weights;
  const kept = keptOf(filters, decision.dropped.get(outputId));
  const cut = sliceFilter(filter, channels, kept, keptOf(channels, decision.dropped.get(inputId)));
  const values: Tensor = {
    name: bias?.name ?? `${filter.name} bias`,
    dtype: folded instanceof BigInt64Array ? "int64" : "int32",
    shape: [kept.length],
    data: bytesOf(folded),
  };
  return [inputId, add(cut), add(values)];
}

/** The inputs of a layer that treats each channel alone. */
function cutEach(
  { layer }: ChannelLayer,
  { dropped }: Decision,
  add: (tensor: Tensor) => TensorId,
): readonly TensorId[] {
  const channels = channelsOf(layer.outputs[0]);
  const kept = keptOf(channels, dropped.get(layer.operator.outputs[0] ?? -1));
  return layer.operator.inputs.map((id, position) => {
    const tensor = layer.inputs[position];
    return tensor?.data ? add(sliceChannels(tensor, channels, kept)) : id;
  });
}

/** The inputs of a layer that joins its inputs' channels; a constant that loses all goes. */
function cutJoin(
  { layer, sources = [] }: ChannelLayer,
  { dropped }: Decision,
  add: (tensor: Tensor) => TensorId,
): readonly TensorId[] {
  const gone = dropped.get(layer.operator.outputs[0] ?? -1) ?? NONE;
  return layer.operator.inputs.flatMap((id, position) => {
    const tensor = layer.inputs[position];
    if (!tensor?.data) return [id];
    const kept = sources.flatMap(({ input, channel }, at) =>
      input === position && !gone.has(at) ? [channel] : [],
    );
    return kept.length === 0 ? [] : [add(sliceTensor(tensor, tensor.shape.length - 1, kept))];
  });
}

/** Throws a `RangeError` where a bias does not fit: `foldedBiases` says so before. */
export function withoutChannels(graph: Graph, decision: Decision): Graph {
  const { layers, dropped } = decision;
  const tensors = [...graph.tensors];
  // A constant is cut anew for each layer: another may share it and keep all of it.
  const add = (tensor: Tensor) => tensors.push(tensor) - 1;
  const touched = (id: TensorId) => (dropped.get(id)?.size ?? 0) > 0;
  const operators = graph.operators.map((operator): Operator => {
    const entry = layers.get(operator);
    if (!entry || ![...operator.inputs, ...operator.outputs].some(touched)) return operator;
    switch (entry.flow) {
      case "filters":
        return { ...operator, inputs: cutFilters(entry, decision, add) };
      case "each":
        return { ...operator, inputs: cutEach(entry, decision, add) };
      case "join":
        return { ...operator, inputs: cutJoin(entry, decision, add) };
      default:
        return operator;
    }
  });
  for (const [id, channels] of dropped) {
    const tensor = tensorAt(graph, id);
    if (channels.size > 0) {
      tensors[id] = sliceTensor(tensor, tensor.shape.length - 1, keptOf(channelsOf(tensor), channels));
    }
  }
  return { ...graph, operators, tensors };
}
