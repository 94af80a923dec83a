/** Collects the constants of a network: packed by kernels, read or given out as they are, or what a reset copies. */

import { type Graph, tensorAt } from "../graph/graph.ts";
import type { TensorId } from "../graph/tensor.ts";
import type { Argument, PackedConstant } from "../ops/descriptor.ts";
import { copiedStates } from "./state.ts";
import type { ChosenLayer } from "./variants.ts";

export interface ConstantRequest {
  /** What arguments are resolved by: `packedKey`, `tensorKey`, or that of an initial state. */
  readonly key: string;
  readonly name: string;
  /** The layer that reads it; the number of layers where it must be there at any time. */
  readonly layer: number;
  readonly constant: PackedConstant;
}

export const packedKey = (layer: number, name: string) => `layer ${layer} ${name}`;
export const tensorKey = (id: TensorId) => `tensor ${id}`;

/** Every constant the module holds, once for each layer that reads it. */
export function constantRequests(
  graph: Graph,
  chosen: readonly ChosenLayer[],
  calls: readonly (readonly (readonly Argument[])[])[],
  states: readonly TensorId[],
): ConstantRequest[] {
  const requests: ConstantRequest[] = [];
  const addTensor = (id: TensorId, layer: number) => {
    const tensor = id < 0 ? undefined : tensorAt(graph, id);
    if (!tensor?.data) return;
    const constant = { bytes: tensor.data, align: 16, role: "weights" } as const;
    requests.push({ key: tensorKey(id), name: tensor.name, layer, constant });
  };
  chosen.forEach(({ layer, packed }, index) => {
    for (const [name, constant] of Object.entries(packed)) {
      const key = packedKey(index, name);
      requests.push({ key, name: `${layer.operator.name} ${name}`, layer: index, constant });
    }
    const used = new Set<number>();
    for (const argument of (calls[index] ?? []).flat()) {
      if ("input" in argument) used.add(argument.input);
    }
    for (const input of used) addTensor(layer.operator.inputs[input] ?? -1, index);
  });
  for (const id of graph.outputs) addTensor(id, chosen.length);
  for (const { key, name, bytes } of copiedStates(graph, states)) {
    requests.push({ key, name, layer: chosen.length, constant: { bytes, align: 1, role: "weights" } });
  }
  return requests;
}
