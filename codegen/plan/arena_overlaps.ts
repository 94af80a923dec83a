/** Which tensors may share memory while both are in use: one is written behind what is still to be read of the other. */

import { type Graph, tensorAt } from "../graph/graph.ts";
import { type TensorId, tensorBytes } from "../graph/tensor.ts";
import { type Lifetime, placeOf } from "./storage.ts";
import type { ChosenKernel } from "./variants.ts";

/** Bytes of a root that a layer reads or writes. */
interface Access {
  readonly step: number;
  readonly start: number;
  readonly end: number;
}

interface Accesses {
  readonly reads: Access[];
  readonly writes: Access[];
}

/** `writer` may overlap `reader`, both roots, where it starts at least `distance` bytes before it. */
export interface RootOverlap {
  readonly writer: TensorId;
  readonly reader: TensorId;
  readonly distance: number;
}

/** What each of the roots in `lives` is read and written by. Inputs are written at −1, outputs read when all is done. */
function accessesOf(graph: Graph, lives: ReadonlyMap<TensorId, Lifetime>): Map<TensorId, Accesses> {
  const found = new Map(
    [...lives.keys()].map((root): [TensorId, Accesses] => [root, { reads: [], writes: [] }]),
  );
  const note = (kind: keyof Accesses, id: TensorId, step: number) => {
    if (id < 0) return;
    const { root, offset } = placeOf(graph, id);
    found.get(root)?.[kind].push({ step, start: offset, end: offset + tensorBytes(tensorAt(graph, id)) });
  };
  for (const id of graph.inputs) note("writes", id, -1);
  graph.operators.forEach(({ inputs, outputs }, step) => {
    for (const id of inputs) note("reads", id, step);
    for (const id of outputs) note("writes", id, step);
  });
  for (const id of graph.outputs) note("reads", id, graph.operators.length);
  return found;
}

/**
 * Bytes by which what layer `step` writes must start before what it reads of root `reader`; `undefined` where its kernel reads
 * what it has written over, or reads the root's memory in two places.
 */
function distanceWithin(
  graph: Graph,
  kernels: readonly ChosenKernel[],
  step: number,
  reader: TensorId,
): number | undefined {
  const operator = graph.operators[step];
  const kernel = kernels[step];
  if (!operator || !kernel?.variant.overlap) return undefined;
  // State is no output of which memory could be chosen: it has its own for good.
  if (operator.outputs.filter((id) => !tensorAt(graph, id).state).length > 1) return undefined;
  const positions = operator.inputs.flatMap((id, position) =>
    id >= 0 && placeOf(graph, id).root === reader ? [position] : [],
  );
  if (new Set(positions.map((position) => operator.inputs[position])).size > 1) return undefined;
  let most = 0;
  for (const position of positions) {
    const distance = kernel.variant.overlap(kernel.layer, position);
    if (distance === undefined) return undefined;
    most = Math.max(most, distance);
  }
  return most;
}

/** Every overlap that is safe, of the roots in `lives`. A root that holds state has its memory for itself. */
export function rootOverlaps(
  graph: Graph,
  kernels: readonly ChosenKernel[],
  lives: ReadonlyMap<TensorId, Lifetime>,
  withState: ReadonlySet<TensorId>,
): RootOverlap[] {
  const accesses = accessesOf(graph, lives);
  const free = [...lives].filter(([root]) => !withState.has(root));
  const byStart = [...free].sort(([, a], [, b]) => a.first - b.first);
  let live: typeof byStart = [];
  return byStart.flatMap(([writer, life]) => {
    live = live.filter(([, earlier]) => earlier.last >= life.first);
    const found = live.flatMap(([reader, { first }]): RootOverlap[] => {
      if (first === life.first) return [];
      const distance = distanceBefore(writer, reader);
      return distance === undefined ? [] : [{ writer, reader, distance }];
    });
    live.push([writer, life]);
    return found;
  });

  function distanceBefore(writer: TensorId, reader: TensorId): number | undefined {
    const { writes = [] } = accesses.get(writer) ?? {};
    const { reads = [], writes: changes = [] } = accesses.get(reader) ?? {};
    const { first = 0 } = lives.get(writer) ?? {};
    if (changes.some(({ step }) => step >= first)) return undefined;
    let distance = 0;
    for (const write of writes) {
      for (const read of reads) {
        if (read.step > write.step) distance = Math.max(distance, write.end - read.start);
        if (read.step !== write.step) continue;
        const within = distanceWithin(graph, kernels, write.step, reader);
        if (within === undefined) return undefined;
        distance = Math.max(distance, write.start + within - read.start);
      }
    }
    // So far apart they share nothing.
    return distance < tensorBytes(tensorAt(graph, writer)) ? distance : undefined;
  }
}
