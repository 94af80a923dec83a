/** Evaluates operators whose inputs are all constant, and drops operators that nobody reads. */

import { ABSENT, type Graph, layerOf, tensorAt } from "../graph/graph.ts";
import { withoutUnused, withTensor } from "../graph/rewrite.ts";
import { bytesOf, valuesOf } from "../graph/tensor.ts";
import { descriptorOf } from "../ops/index.ts";
import type { Pass } from "./pass.ts";

function run(graph: Graph): Graph {
  let current = graph;
  for (const operator of graph.operators) {
    const present = operator.inputs.filter((id) => id !== ABSENT);
    if (!present.every((id) => tensorAt(current, id).data)) continue;
    const layer = layerOf(current, operator);
    const values = layer.inputs.map((tensor) => tensor?.data && valuesOf(tensor.dtype, tensor.data));
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
