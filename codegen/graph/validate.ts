/** The rules that every graph keeps, whatever its operators. */

import { MoteError } from "../error.ts";
import { ABSENT, type Graph, placeOf, tensorAt } from "./graph.ts";

/**
 * Throws a `MoteError` unless each tensor is written once and before it is read, inputs are not constants, outputs
 * exist, and some tensor is quantized.
 */
export function validateGraph(graph: Graph): void {
  const refuse = (where: string, sentence: string): never => {
    throw new MoteError("bad-file", where, `${sentence} The file may be damaged; re-export it.`);
  };
  if (graph.inputs.length === 0 || graph.outputs.length === 0 || graph.operators.length === 0) {
    refuse(
      graph.file,
      `expected at least one input, one output and one operator, found ${graph.inputs.length}, ${graph.outputs.length} and ${graph.operators.length}.`,
    );
  }
  if (new Set(graph.inputs).size !== graph.inputs.length)
    refuse(graph.file, "expected every input once, found one twice.");
  const written = new Set<number>();
  for (const id of graph.inputs) {
    if (tensorAt(graph, id).data)
      refuse(
        graph.file,
        `expected input "${tensorAt(graph, id).name}" to be an activation, found a constant.`,
      );
    written.add(id);
  }
  const known = (id: number) => id === ABSENT || tensorAt(graph, id).data !== undefined || written.has(id);
  for (const operator of graph.operators) {
    const place = placeOf(graph, operator);
    if (operator.outputs.length === 0) refuse(place, "expected at least one output, found none.");
    for (const id of operator.inputs) {
      if (!known(id))
        refuse(
          place,
          `expected its input "${tensorAt(graph, id).name}" to be computed before it, found no operator that does.`,
        );
    }
    for (const id of operator.outputs) {
      const tensor = tensorAt(graph, id);
      if (tensor.data || written.has(id))
        refuse(
          place,
          `expected to be the only one that writes "${tensor.name}", found that it already has a value.`,
        );
      written.add(id);
    }
  }
  for (const id of graph.outputs) {
    if (!known(id))
      refuse(
        graph.file,
        `expected output "${tensorAt(graph, id).name}" to be computed, found no operator that does.`,
      );
  }
  refuseFloat(graph);
}

function refuseFloat(graph: Graph): void {
  const activations = graph.operators.flatMap(({ outputs }) => outputs.map((id) => tensorAt(graph, id)));
  if (activations.every(({ dtype }) => dtype === "float32")) {
    throw new MoteError(
      "unsupported-operator",
      graph.file,
      "expected int8 activations, found a float network. Quantize it first: convert with full integer quantization and a representative data set.",
    );
  }
}
