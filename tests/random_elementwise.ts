/** Random functions of one element by several operators: float32 on the way, ways that come together again. */

import type { TensorId } from "../codegen/graph/tensor.ts";
import { alike, type NetworkBuilder } from "./network_builder.ts";
import { type Step, ZERO_POINTS } from "./random_filters.ts";

function real(b: NetworkBuilder, shape: readonly number[]): TensorId {
  return b.tensors.push({ name: `r${b.tensors.length}`, shape, dtype: "float32" }) - 1;
}

/** Through float32 and back, by one to three functions; sometimes two ways that come together. */
export const throughFloats: Step = (b, random, input) => {
  const shape = b.shape(input);
  let value = b.operator("dequantize", [input], [real(b, shape)]);
  for (let left = random.int(1, 3); left > 0; left--) {
    const kind = random.pick([
      "abs",
      "ceil",
      "floor",
      "neg",
      "round",
      "sign",
      "square",
      "sin",
      "cos",
      "tanh",
    ]);
    const next = b.operator(kind, [value], [real(b, shape)]);
    const joined = random.real() < 0.3;
    value = joined
      ? b.operator("mul", [value, next], [real(b, shape)], { activation: random.pick(["none", "relu6"]) })
      : next;
  }
  return b.operator("quantize", [value], [b.tensor(shape, 0.05, random.pick(ZERO_POINTS))]);
};

/** x times a function of x. */
export const gate: Step = (b, random, input) => {
  const shape = b.shape(input);
  const share = b.operator("logistic", [input], [b.tensor(shape, 1 / 256, -128)]);
  const inputs = random.real() < 0.5 ? [input, share] : [share, input];
  return b.operator("mul", inputs, [alike(b, input, shape)], { activation: "none" });
};
