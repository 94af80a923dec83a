/** What passes need to edit a graph: who reads and writes a tensor, and copies of a graph with parts replaced. */

import type { Graph, Operator } from "./graph.ts";
import type { Tensor, TensorId } from "./tensor.ts";

/** The operators that read each tensor, in order; an operator that reads it twice appears once. */
export function readersOf(graph: Graph): ReadonlyMap<TensorId, readonly Operator[]> {
  const readers = new Map<TensorId, Operator[]>();
  for (const operator of graph.operators) {
    for (const id of new Set(operator.inputs)) {
      const list = readers.get(id);
      if (list) list.push(operator);
      else readers.set(id, [operator]);
    }
  }
  return readers;
}

/** The operator that writes each tensor. */
export function writerOf(graph: Graph): ReadonlyMap<TensorId, Operator> {
  return new Map(
    graph.operators.flatMap((operator) => operator.outputs.map((id) => [id, operator] as const)),
  );
}

/** The graph with tensor `id` changed. */
export function withTensor(graph: Graph, id: TensorId, change: Partial<Tensor>): Graph {
  return {
    ...graph,
    tensors: graph.tensors.map((tensor, index) => (index === id ? { ...tensor, ...change } : tensor)),
  };
}

/** The graph without the operators whose outputs nobody reads. */
export function withoutUnused(graph: Graph): Graph {
  const needed = new Set<TensorId>(graph.outputs);
  const kept: Operator[] = [];
  for (const operator of [...graph.operators].reverse()) {
    if (!operator.outputs.some((id) => needed.has(id))) continue;
    kept.unshift(operator);
    for (const id of operator.inputs) needed.add(id);
  }
  return kept.length === graph.operators.length ? graph : { ...graph, operators: kept };
}
