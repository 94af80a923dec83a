/** Drops operators that only move bytes, where their output can be a view of the input or the inputs views of the output. */

import { type Graph, layerOf, type Operator, tensorAt } from "../graph/graph.ts";
import { withTensor } from "../graph/rewrite.ts";
import { type TensorId, tensorBytes } from "../graph/tensor.ts";
import type { Copy } from "../ops/descriptor.ts";
import { descriptorOf } from "../ops/index.ts";
import { fillsRoot, PORT_ALIGN, placeOf } from "../plan/storage.ts";
import type { Pass } from "./pass.ts";
import { sameWithViews, statesIn, writingLast } from "./state_views.ts";

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
 * An input may become part of the output where operators write it: nothing but state ever writes those bytes again, so other
 * readers see what they would see in a tensor of its own. Inputs and outputs of the network stay apart, since the caller
 * fills or keeps their memory.
 */
function mayBeWrittenInPlace(graph: Graph, part: TensorId): boolean {
  return ![...graph.inputs, ...graph.outputs].some((id) => placeOf(graph, id).root === part);
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

  let current: Graph = { ...graph, operators: graph.operators.filter((other) => other !== operator) };
  const joins = copies[0]?.inside === "output";
  for (const found of viewings(operator, copies)) {
    // What fills the memory of another tensor, as a reshape of it does, brings that one along.
    const viewing =
      joins && fillsRoot(graph, found.part) ? { ...found, part: placeOf(graph, found.part).root } : found;
    if (!mayView(current, viewing) || (joins && !mayBeWrittenInPlace(graph, viewing.part))) return undefined;
    if (!joins && clobbers(graph, viewing)) return undefined;
    current = withTensor(current, viewing.part, { view: { of: viewing.whole, offset: viewing.offset } });
  }
  const roots = new Set(viewings(operator, copies).map(({ whole }) => placeOf(current, whole).root));
  return withStateShared(graph, current, roots);
}

/**
 * `viewed`, which is `graph` with further views; where a root of theirs holds state, only if that is exact, at once or with
 * the state written last, and does not keep more memory for good than the state itself takes.
 */
function withStateShared(graph: Graph, viewed: Graph, roots: ReadonlySet<TensorId>): Graph | undefined {
  const bytesOf = (id: TensorId) => tensorBytes(tensorAt(viewed, id));
  let current: Graph | undefined = viewed;
  for (const root of roots) {
    const states = statesIn(viewed, root);
    if (states.length === 0) continue;
    const stateBytes = states.reduce((sum, id) => sum + bytesOf(id), 0);
    if (bytesOf(root) > 2 * stateBytes) return undefined;
    const orders: Graph[] = [current, writingLast(current, root)];
    current = orders.find((order) => sameWithViews(graph, order));
    if (!current) return undefined;
  }
  return current;
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
