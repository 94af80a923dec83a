/** Runs a graph by its operators' references: slow, exact, the judge of every pass and kernel. */

import { descriptorOf } from "../ops/index.ts";
import { ABSENT, type Graph, layerOf, tensorAt } from "./graph.ts";
import { bytesOf, constantValues, type TensorId, tensorBytes, type Values, valuesOf } from "./tensor.ts";

/** The values of a network's tensors while it runs; views read and write the memory of what they are part of. */
class Memory {
  readonly #roots = new Map<TensorId, Uint8Array>();

  constructor(readonly graph: Graph) {}

  read(id: TensorId): Values {
    const tensor = tensorAt(this.graph, id);
    return constantValues(tensor) ?? valuesOf(tensor.dtype, this.#bytes(id));
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

/** The bytes of a network's state, by tensor; an inference replaces them. */
export type NetworkState = Map<TensorId, Uint8Array>;

/** The state before the first inference; empty for a network without state. */
export function initialState(graph: Graph): NetworkState {
  return new Map(
    graph.tensors.flatMap(({ state }, id) => (state ? [[id, new Uint8Array(state.initial)] as const] : [])),
  );
}

/**
 * Every output of the graph for `inputs`, one typed array each in the graph's order. A network with state starts from
 * `state`, which afterwards holds what the next inference starts from. Throws a `RangeError` where an input's length is
 * not its tensor's.
 */
export function evaluateGraph(
  graph: Graph,
  inputs: readonly Values[],
  state: NetworkState = initialState(graph),
): Values[] {
  const memory = run(graph, inputs, state, () => {});
  return graph.outputs.map((id) => memory.read(id));
}

/**
 * The values of every tensor that has some (constants, inputs, initial state, what operators write), by tensor, each as it
 * was when it was last written. Throws as `evaluateGraph`.
 */
export function evaluateTensors(graph: Graph, inputs: readonly Values[]): ReadonlyMap<TensorId, Values> {
  const values = new Map<TensorId, Values>();
  graph.tensors.forEach((tensor, id) => {
    const initial = tensor.state?.initial;
    const known = constantValues(tensor) ?? (initial && valuesOf(tensor.dtype, initial));
    if (known) values.set(id, known);
  });
  run(graph, inputs, initialState(graph), (id, written) => values.set(id, written));
  return values;
}

/** Fills the inputs, runs the operators, and keeps the state; `written` hears of every tensor that gets its values. */
function run(
  graph: Graph,
  inputs: readonly Values[],
  state: NetworkState,
  written: (id: TensorId, values: Values) => void,
): Memory {
  const memory = new Memory(graph);
  const write = (id: TensorId, values: Values) => {
    memory.write(id, values);
    written(id, memory.read(id));
  };
  for (const [id, bytes] of state) memory.write(id, valuesOf(tensorAt(graph, id).dtype, bytes));
  graph.inputs.forEach((id, index) => {
    const values = inputs[index];
    const expected = tensorBytes(tensorAt(graph, id));
    if (values?.byteLength !== expected) {
      throw new RangeError(`input ${index} has ${values?.byteLength ?? 0} bytes, expected ${expected}`);
    }
    write(id, values);
  });
  for (const operator of graph.operators) {
    const results = descriptorOf(operator).evaluate(
      layerOf(graph, operator),
      operator.inputs.map((id) => (id === ABSENT ? undefined : memory.read(id))),
    );
    operator.outputs.forEach((id, index) => {
      const values = results[index];
      if (values) write(id, values);
    });
  }
  for (const id of state.keys()) state.set(id, bytesOf(memory.read(id)));
  return memory;
}
