/** The rules that every graph keeps, whatever its operators. */

import { MoteError } from "../error.ts";
import { ABSENT, type Graph, placeOf, tensorAt } from "./graph.ts";
import { type TensorId, tensorBytes } from "./tensor.ts";

/** More than any network for a small device: bytes of all activations together, so of all that passes compute. */
const MAX_ACTIVATION_BYTES = 2 ** 28;

/**
 * Throws a `MoteError` unless each tensor but state is written once and before it is read, inputs are neither constants
 * nor state, outputs exist, activations are of a sane size, none of them int4, and some of them are not float32.
 */
export function validateGraph(graph: Graph): void {
  refuseFloat(graph);
  refuseInt4(graph);
  refuseHuge(graph);
  refuseDisorder(graph);
}

/** Operators run in their order, so one that reads what a later one writes (or itself) is refused: no cycles. */
function refuseDisorder(graph: Graph): void {
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
    const { name, data, state } = tensorAt(graph, id);
    if (data || state)
      refuse(
        graph.file,
        `expected input "${name}" to be an activation, found ${data ? "a constant" : "state"}.`,
      );
    written.add(id);
  }
  const isState = (id: TensorId) => tensorAt(graph, id).state !== undefined;
  const known = (id: TensorId) =>
    id === ABSENT || tensorAt(graph, id).data !== undefined || isState(id) || written.has(id);
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
      if (tensor.data || (written.has(id) && !isState(id)))
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
}

function refuseHuge(graph: Graph): void {
  const total = graph.tensors.reduce((sum, tensor) => sum + (tensor.data ? 0 : tensorBytes(tensor)), 0);
  if (total > MAX_ACTIVATION_BYTES)
    throw new MoteError(
      "bad-file",
      graph.file,
      `expected at most ${MAX_ACTIVATION_BYTES} bytes of activations, found ${total}. The file may be damaged; re-export it.`,
    );
}

/** Values of half a byte are only read by kernels that unpack them, never written, given or taken. */
function refuseInt4(graph: Graph): void {
  const ports = [...graph.inputs, ...graph.operators.flatMap(({ outputs }) => outputs), ...graph.outputs];
  const packed = ports.map((id) => tensorAt(graph, id)).find(({ dtype }) => dtype === "int4");
  if (packed)
    throw new MoteError(
      "unsupported-operator",
      graph.file,
      `expected int4 in constants only, found tensor "${packed.name}", which is none. Convert the model with int8 activations.`,
    );
}

function refuseFloat(graph: Graph): void {
  const activations = graph.operators
    .flatMap(({ inputs, outputs }) => [...inputs, ...outputs])
    .filter((id) => id !== ABSENT)
    .map((id) => tensorAt(graph, id))
    .filter(({ data }) => data === undefined);
  if (activations.length > 0 && activations.every(({ dtype }) => dtype === "float32")) {
    throw new MoteError(
      "unsupported-operator",
      graph.file,
      "expected int8 activations, found a float network. Quantize it first: convert it with full integer quantization and a representative data set.",
    );
  }
}
