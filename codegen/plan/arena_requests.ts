/** Turns a graph and its chosen kernels into what the arena packer works on: blocks, lifetimes, allowed overlaps. */

import { type Graph, tensorAt } from "../graph/graph.ts";
import { type TensorId, tensorBytes } from "../graph/tensor.ts";
import type { AllowedOverlap, ArenaRequest } from "./arena.ts";
import { fillsRoot, lifetimes, PORT_ALIGN, placeOf, statesOf } from "./storage.ts";
import type { ChosenLayer } from "./variants.ts";

/** Of scratch, and of buffers for constants. */
const SCRATCH_ALIGN = 16;

export interface ArenaProblem {
  readonly requests: readonly ArenaRequest[];
  readonly overlaps: readonly AllowedOverlap[];
  /** The state tensors in use. */
  readonly states: readonly TensorId[];
  /** Index of the request that holds a root tensor. */
  readonly requestOfRoot: ReadonlyMap<TensorId, number>;
  /** Index of the request that holds a layer's scratch. */
  readonly requestOfScratch: ReadonlyMap<number, number>;
  /** Index of the request that holds the constants that a layer copies. */
  readonly requestOfBuffer: ReadonlyMap<number, number>;
}

/** `buffers`: by layer, bytes for constants that it copies. `align`: of activations. */
export function arenaProblem(
  graph: Graph,
  layers: readonly ChosenLayer[],
  buffers: ReadonlyMap<number, number>,
  align: number,
): ArenaProblem {
  const lives = lifetimes(graph);
  const ports = new Set([...graph.inputs, ...graph.outputs].map((id) => placeOf(graph, id).root));
  const requests: ArenaRequest[] = [];
  const requestOfRoot = new Map<TensorId, number>();
  for (const [root, life] of lives) {
    const tensor = tensorAt(graph, root);
    requestOfRoot.set(root, requests.length);
    requests.push({
      name: tensor.name,
      bytes: tensorBytes(tensor),
      align: ports.has(root) ? PORT_ALIGN : align,
      ...life,
    });
  }
  const requestOfScratch = new Map<number, number>();
  const requestOfBuffer = new Map<number, number>();
  const whileItRuns = (step: number, name: string, bytes: number, requestOf: Map<number, number>) => {
    if (bytes === 0) return;
    requestOf.set(step, requests.length);
    requests.push({ name: `${name} of layer ${step}`, bytes, align: SCRATCH_ALIGN, first: step, last: step });
  };
  layers.forEach(({ scratchBytes }, step) => {
    whileItRuns(step, "scratch", scratchBytes, requestOfScratch);
    whileItRuns(step, "constants", buffers.get(step) ?? 0, requestOfBuffer);
  });

  const overlaps = graph.operators.flatMap((operator, step): AllowedOverlap[] => {
    const [output] = operator.outputs;
    const chosen = layers[step];
    // State is no output of which memory could be chosen: it has its own for good.
    const outputs = operator.outputs.filter((id) => !tensorAt(graph, id).state).length;
    if (output === undefined || outputs > 1 || !chosen?.variant.overlap) return [];
    const writer = placeOf(graph, output).root;
    if (lives.get(writer)?.first !== step || !fillsRoot(graph, output)) return [];
    return operator.inputs.flatMap((id, index) => {
      if (id < 0 || tensorAt(graph, id).data || !fillsRoot(graph, id)) return [];
      const reader = placeOf(graph, id).root;
      // Another input that reads the same memory would need an allowance of its own.
      const readers = operator.inputs.filter((other) => other >= 0 && placeOf(graph, other).root === reader);
      if (reader === writer || lives.get(reader)?.last !== step || new Set(readers).size > 1) return [];
      const distances = operator.inputs.flatMap((other, position) =>
        other === id ? [chosen.variant.overlap?.(chosen.layer, position)] : [],
      );
      const distance = distances.reduce<number | undefined>(
        (most, d) => (most === undefined || d === undefined ? undefined : Math.max(most, d)),
        0,
      );
      const writerRequest = requestOfRoot.get(writer);
      const readerRequest = requestOfRoot.get(reader);
      if (distance === undefined || writerRequest === undefined || readerRequest === undefined) return [];
      return operator.inputs.indexOf(id) === index
        ? [{ writer: writerRequest, reader: readerRequest, distance }]
        : [];
    });
  });
  return { requests, overlaps, states: statesOf(graph), requestOfRoot, requestOfScratch, requestOfBuffer };
}
