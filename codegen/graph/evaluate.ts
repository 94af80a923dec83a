/** Runs a graph by its operators' references: slow, exact, the judge of every pass and kernel. */

import { descriptorOf } from "../ops/index.ts";
import { ABSENT, type Graph, layerOf, tensorAt } from "./graph.ts";
import { bytesOf, type TensorId, tensorBytes, type Values, valuesOf } from "./tensor.ts";

/** The values of a network's tensors while it runs; views read and write the memory of what they are part of. */
class Memory {
  readonly #roots = new Map<TensorId, Uint8Array>();

  constructor(readonly graph: Graph) {}

  read(id: TensorId): Values {
    const tensor = tensorAt(this.graph, id);
    return valuesOf(tensor.dtype, tensor.data ?? this.#bytes(id));
  }

  write(id: TensorId, values: Values): void {
    this.#bytes(id).set(bytesOf(values));
  }

  #bytes(id: TensorId): Uint8Array {
    const tensor = tensorAt(this.graph, id);
    if (tensor.view) {
      const whole = this.#bytes(tensor.view.of);
      return whole.subarray(tensor.view.offset, tensor.view.offset + tensorBytes(tensor));
    }
    const known = this.#roots.get(id);
    if (known) return known;
    const made = new Uint8Array(tensorBytes(tensor));
    this.#roots.set(id, made);
    return made;
  }
}

/**
 * Every output of the graph for `inputs`, one typed array each in the graph's order. Throws a `RangeError` where an
 * input's length is not its tensor's.
 */
export function evaluateGraph(graph: Graph, inputs: readonly Values[]): Values[] {
  const memory = new Memory(graph);
  graph.inputs.forEach((id, index) => {
    const values = inputs[index];
    const expected = tensorBytes(tensorAt(graph, id));
    if (values?.byteLength !== expected) {
      throw new RangeError(`input ${index} has ${values?.byteLength ?? 0} bytes, expected ${expected}`);
    }
    memory.write(id, values);
  });
  for (const operator of graph.operators) {
    const results = descriptorOf(operator).evaluate(
      layerOf(graph, operator),
      operator.inputs.map((id) => (id === ABSENT ? undefined : memory.read(id))),
    );
    operator.outputs.forEach((id, index) => {
      const values = results[index];
      if (values) memory.write(id, values);
    });
  }
  return graph.outputs.map((id) => memory.read(id));
}
