/** Drops operators that only move bytes, where their output can be a view of the input or the inputs views of the output. */

import { type Graph, layerOf, type Operator, tensorAt } from "../graph/graph.ts";
import { readersOf, withTensor, writerOf } from "../graph/rewrite.ts";
import type { TensorId } from "../graph/tensor.ts";
import type { Copy } from "../ops/descriptor.ts";
import { descriptorOf } from "../ops/index.ts";
import { placeOf } from "../plan/storage.ts";
import type { Pass } from "./pass.ts";

/** Addresses of a module's inputs and outputs are multiples of this (ABI 1). */
const PORT_ALIGN = 16;

/** A tensor that becomes part of another. */
interface Viewing {
  readonly part: TensorId;
  readonly whole: TensorId;
  readonly offset: number;
}

function viewings(operator: Operator, copies: readonly Copy[]): Viewing[] {
  return copies.map(({ input, output, inside, offset }) => {
    const source = operator.inputs[input] ?? -1;
    const target = operator.outputs[output] ?? -1;
    return inside === "input"
      ? { part: target, whole: source, offset }
      : { part: source, whole: target, offset };
  });
}

/** Whether `part` may live at its place in `whole`: both are activations, and inputs and outputs stay aligned. */
function mayView(graph: Graph, { part, whole, offset }: Viewing): boolean {
  const partTensor = tensorAt(graph, part);
  if (partTensor.view || partTensor.data || tensorAt(graph, whole).data) return false;
  // What already is a view of `part` moves along with it, so its offset counts too.
  const ports = [...graph.inputs, ...graph.outputs].filter((id) => placeOf(graph, id).root === part);
  const start = placeOf(graph, whole).offset + offset;
  return ports.every((id) => (start + placeOf(graph, id).offset) % PORT_ALIGN === 0);
}

/**
 * An input may become part of the output only where nothing else can see the difference: it is written once, by an
 * operator, read only here, and never an input or output of the network, whose memory the caller fills or keeps.
 */
function mayBeWrittenInPlace(graph: Graph, part: TensorId): boolean {
  const isPort = [...graph.inputs, ...graph.outputs].some((id) => placeOf(graph, id).root === part);
  const readers = readersOf(graph);
  const family = graph.tensors.flatMap((_, id) => (placeOf(graph, id).root === part ? [id] : []));
  const uses = family.reduce((sum, id) => sum + (readers.get(id)?.length ?? 0), 0);
  return !isPort && uses === 1 && writerOf(graph).has(part);
}

/** The graph without `operator`, its tensors turned into views; `undefined` where one may not be. */
function dropped(graph: Graph, operator: Operator): Graph | undefined {
  const layer = layerOf(graph, operator);
  const copies = descriptorOf(operator).traits?.copies?.(layer) ?? [];
  const inputs = new Set(copies.map(({ input }) => operator.inputs[input]));
  const outputs = new Set(copies.map(({ output }) => operator.outputs[output]));
  // Every byte of the outputs must come from a copy, and no input may have to be in two places.
  const complete =
    operator.outputs.every((id) => outputs.has(id)) &&
    (copies[0]?.inside === "input" ||
      (inputs.size === operator.inputs.length && copies.length === inputs.size));
  if (copies.length === 0 || !complete) return undefined;

  let current = graph;
  for (const viewing of viewings(operator, copies)) {
    const joins = copies[0]?.inside === "output";
    if (!mayView(current, viewing) || (joins && !mayBeWrittenInPlace(graph, viewing.part))) return undefined;
    if (!joins && clobbers(graph, viewing)) return undefined;
    current = withTensor(current, viewing.part, { view: { of: viewing.whole, offset: viewing.offset } });
  }
  return { ...current, operators: current.operators.filter((other) => other !== operator) };
}

/**
 * An output of the network that is a view of an input of the network: the caller may write the input before it has
 * read the output. A copy keeps them apart.
 */
function clobbers(graph: Graph, { part, whole }: Viewing): boolean {
  const { root } = placeOf(graph, whole);
  const isOutput = graph.outputs.some((id) => id === part || placeOf(graph, id).root === part);
  return isOutput && graph.inputs.includes(root);
}

function run(graph: Graph): Graph {
  return graph.operators.reduce((current, operator) => dropped(current, operator) ?? current, graph);
}

export const dropCopies: Pass = {
  name: "drop_copies",
  summary: "lets reshapes, slices and concatenations share the memory of what they copy",
  run,
};
