/** Which tensors share memory because a pass made one a view of the other, and when that memory is in use. */

import { ABSENT, type Graph, tensorAt } from "../graph/graph.ts";
import { type TensorId, tensorBytes } from "../graph/tensor.ts";

/** Addresses of a module's inputs and outputs are multiples of this (ABI 1). */
export const PORT_ALIGN = 16;

/** A tensor's place: `offset` bytes into the memory of tensor `root`, which is a view of nothing. */
export interface Place {
  readonly root: TensorId;
  readonly offset: number;
}

/** When a root's memory holds values that are still needed: layer indices, inclusive. */
export interface Lifetime {
  first: number;
  last: number;
}

/** Follows views to the tensor whose memory this one is part of. */
export function placeOf(graph: Pick<Graph, "tensors">, id: TensorId): Place {
  let root = id;
  let offset = 0;
  for (let view = tensorAt(graph, root).view; view; view = tensorAt(graph, root).view) {
    offset += view.offset;
    root = view.of;
  }
  return { root, offset };
}

/** Whether a tensor is all of its root: the only case in which another tensor may take over its memory. */
export function fillsRoot(graph: Pick<Graph, "tensors">, id: TensorId): boolean {
  const { root } = placeOf(graph, id);
  return tensorBytes(tensorAt(graph, id)) === tensorBytes(tensorAt(graph, root));
}

/** The state tensors whose memory the graph's operators use, or its outputs are. */
export function statesOf(graph: Graph): TensorId[] {
  const used = [
    ...graph.outputs,
    ...graph.operators.flatMap(({ inputs, outputs }) => [...inputs, ...outputs]),
  ];
  const roots = new Set(used.filter((id) => id !== ABSENT).map((id) => placeOf(graph, id).root));
  return graph.tensors.flatMap(({ state }, id) => (state && roots.has(placeOf(graph, id).root) ? [id] : []));
}

/**
 * The lifetime of every root that needs arena memory, in the order of first use. Inputs of the graph live from −1,
 * outputs until the number of layers, state from −1 until then.
 */
export function lifetimes(graph: Graph): Map<TensorId, Lifetime> {
  const result = new Map<TensorId, Lifetime>();
  const use = (id: TensorId, step: number) => {
    if (id === ABSENT || tensorAt(graph, id).data) return;
    const { root } = placeOf(graph, id);
    const lifetime = result.get(root);
    if (!lifetime) {
      result.set(root, { first: step, last: step });
      return;
    }
    lifetime.first = Math.min(lifetime.first, step);
    lifetime.last = Math.max(lifetime.last, step);
  };
  for (const id of [...graph.inputs, ...statesOf(graph)]) use(id, -1);
  graph.operators.forEach((operator, step) => {
    for (const id of operator.inputs) use(id, step);
    for (const id of operator.outputs) use(id, step);
  });
  for (const id of [...graph.outputs, ...statesOf(graph)]) use(id, graph.operators.length);
  return result;
}
