/** Evaluates operators whose inputs are all constant, and drops operators that nobody reads. */

import { MoteError } from "../error.ts";
import { ABSENT, type Graph, layerOf, type Operator, placeOf, tensorAt } from "../graph/graph.ts";
import { withoutUnused, withTensor, writesState } from "../graph/rewrite.ts";
import { bytesOf, constantValues, tensorBytes } from "../graph/tensor.ts";
import { descriptorOf } from "../ops/index.ts";
import type { Pass } from "./pass.ts";

/** Most bytes, and multiply-accumulates, that constants may be computed with: no network has more, damaged files may. */
const MAX_WORK = 2 ** 22;

/** What evaluating an operator costs. */
function workOf(graph: Graph, operator: Operator): number {
  const layer = layerOf(graph, operator);
  const bytes = layer.outputs.reduce((sum, tensor) => sum + tensorBytes(tensor), 0);
  return bytes + (descriptorOf(operator).macs?.(layer) ?? 0);
}

/** Throws a `MoteError` where the constants of a damaged file would take forever to compute. */
function run(graph: Graph): Graph {
  let current = graph;
  let work = 0;
  for (const operator of graph.operators) {
    const present = operator.inputs.filter((id) => id !== ABSENT);
    // State holds what was written only until something else is.
    if (writesState(current, operator) || !present.every((id) => tensorAt(current, id).data)) continue;
    work += workOf(current, operator);
    if (work > MAX_WORK)
      throw new MoteError(
        "bad-operator",
        placeOf(graph, operator),
        `expected at most ${MAX_WORK} bytes and multiply-accumulates of computed constants, found ${work}. The file may be damaged; re-export it with its constants folded.`,
      );
    const layer = layerOf(current, operator);
    const values = layer.inputs.map(constantValues);
    const results = descriptorOf(operator).evaluate(layer, values);
    operator.outputs.forEach((id, index) => {
      const result = results[index];
      if (result) current = withTensor(current, id, { data: bytesOf(result) });
    });
    current = { ...current, operators: current.operators.filter((other) => other !== operator) };
  }
  return withoutUnused(current);
}

export const foldConstants: Pass = {
  name: "fold_constants",
  summary: "evaluates what depends on constants only, drops what nobody reads",
  run,
};
