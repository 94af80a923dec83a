/** Turns a graph and its chosen kernels into what the arena packer works on: blocks, lifetimes, allowed overlaps. */

import { type Graph, tensorAt } from "../graph/graph.ts";
import { type TensorId, tensorBytes } from "../graph/tensor.ts";
import type { AllowedOverlap, ArenaRequest } from "./arena.ts";
import { rootOverlaps } from "./arena_overlaps.ts";
import { lifetimes, PORT_ALIGN, placeOf, statesOf } from "./storage.ts";
import { hasSimd, type Target } from "./target.ts";
import type { ChosenKernel } from "./variants.ts";

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

/** What addresses of activations are multiples of. */
export function arenaAlign(target: Target): number {
  return hasSimd(target) ? 16 : 4;
}

/** `buffers`: by layer, bytes for constants that it copies. `align`: of activations. */
export function arenaProblem(
  graph: Graph,
  layers: readonly ChosenKernel[],
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

  const states = statesOf(graph);
  const withState = new Set(states.map((id) => placeOf(graph, id).root));
  const overlaps = rootOverlaps(graph, layers, lives, withState).map(
    ({ writer, reader, distance }): AllowedOverlap => ({
      writer: requestOfRoot.get(writer) ?? -1,
      reader: requestOfRoot.get(reader) ?? -1,
      distance,
    }),
  );
  return { requests, overlaps, states, requestOfRoot, requestOfScratch, requestOfBuffer };
}
