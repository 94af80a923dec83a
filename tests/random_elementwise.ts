/** Random functions of one element or one row: tables, float32 on the way, normalisations. */

import type { TensorId } from "../codegen/graph/tensor.ts";
import { alike, type NetworkBuilder } from "./network_builder.ts";
import { type Step, ZERO_POINTS } from "./random_filters.ts";

/** An int8 function by a table. */
export const curve: Step = (b, random, input) => {
  const kind = random.pick([
    "abs",
    "exp",
    "log",
    "sqrt",
    "rsqrt",
    "gelu",
    "hard_swish",
    "elu",
    "relu_n1_to_1",
  ]);
  const scale = b.scale(input) * random.pick([1, 0.5, 2]);
  const output = b.tensor(b.shape(input), scale, random.pick(ZERO_POINTS));
  return b.operator(kind, [input], [output], kind === "gelu" ? { approximate: random.real() < 0.5 } : {});
};

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

/** A normalisation along the last dimension. */
export const rows: Step = (b, random, input) => {
  const shape = b.shape(input);
  const [kind, scale, zeroPoint] = random.pick<readonly [string, number, number]>([
    ["softmax", 1 / 256, -128],
    ["log_softmax", 1 / 16, 127],
    ["l2_normalization", 1 / 128, 0],
  ]);
  return b.operator(kind, [input], [b.tensor(shape, scale, zeroPoint)], { beta: 1, activation: "none" });
};
