/** What passes need to edit a graph: who reads and writes a tensor, and copies of a graph with parts replaced. */

import { type Graph, type Operator, tensorAt } from "./graph.ts";
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

/** The operator that writes each tensor. State, which has a value before any does, is left out. */
export function writerOf(graph: Graph): ReadonlyMap<TensorId, Operator> {
  return new Map(
    graph.operators.flatMap((operator) =>
      operator.outputs.flatMap((id) => (tensorAt(graph, id).state ? [] : [[id, operator] as const])),
    ),
  );
}

/** Whether the operator leaves something to the next inference. */
export function writesState(graph: Graph, operator: Operator): boolean {
  return operator.outputs.some((id) => tensorAt(graph, id).state);
}

/** The graph with tensor `id` changed. */
export function withTensor(graph: Graph, id: TensorId, change: Partial<Tensor>): Graph {
  return {
    ...graph,
    tensors: graph.tensors.map((tensor, index) => (index === id ? { ...tensor, ...change } : tensor)),
  };
}

/** The graph without the operators whose outputs nobody reads, in this inference or, as state, in the next ones. */
export function withoutUnused(graph: Graph): Graph {
  const needed = new Set<TensorId>(graph.outputs);
  const kept = new Set<Operator>();
  let before = -1;
  // What writes state may stand behind what reads it: once more, until a round keeps no further operator.
  while (kept.size > before) {
    before = kept.size;
    for (const operator of [...graph.operators].reverse()) {
      if (kept.has(operator) || !operator.outputs.some((id) => needed.has(id))) continue;
      kept.add(operator);
      for (const id of operator.inputs) needed.add(id);
    }
  }
  if (kept.size === graph.operators.length) return graph;
  return { ...graph, operators: graph.operators.filter((operator) => kept.has(operator)) };
}
