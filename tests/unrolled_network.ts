/** A recurrent layer as exporters unroll it. */

import type { Graph } from "../codegen/graph/graph.ts";
import type { TensorId } from "../codegen/graph/tensor.ts";
import { NetworkBuilder } from "./network_builder.ts";
import { randomOf } from "./ops/random_values.ts";

/** Units of the layer and values of an input. */
export const UNITS = 6;
export const FEATURES = 4;

/** A recurrent layer of `steps` steps as exporters unroll it: tensors of every step with scales of their own. */
export function unrolled(steps: number): Graph {
  const random = randomOf(7);
  const b = new NetworkBuilder();
  const values = (count: number) => Int8Array.from({ length: count }, () => random.int(-127, 127));
  const inputs = Array.from({ length: steps }, () => b.tensor([1, FEATURES], 0.02, 5));
  const fromInput = b.constant([UNITS, FEATURES], values(UNITS * FEATURES), [0.011]);
  const fromState = b.constant([UNITS, UNITS], values(UNITS * UNITS), [0.007]);
  const dense = (input: TensorId, weights: TensorId) => {
    const output = b.tensor([1, UNITS], 0.02 + random.real() / 50, random.int(-20, 20));
    return b.operator("fully_connected", [input, weights], [output], { activation: "none" });
  };
  const tanh = (input: TensorId) => b.operator("tanh", [input], [b.tensor([1, UNITS], 1 / 128, 0)]);
  let state = tanh(dense(inputs[0] ?? -1, fromInput));
  for (const input of inputs.slice(1)) {
    const sum = b.tensor([1, UNITS], 0.03 + random.real() / 50, random.int(-20, 20));
    const parts = [dense(input, fromInput), dense(state, fromState)];
    state = tanh(b.operator("add", parts, [sum], { activation: "none" }));
  }
  return b.graph(inputs, [state]);
}
