/** Random layers that compute: functions of one value, of a row, of two tensors, reductions, products, recurrences. */

import { OperatorFault } from "../codegen/error.ts";
import { elementCount, type TensorId } from "../codegen/graph/tensor.ts";
import { alike, type NetworkBuilder } from "./network_builder.ts";
import type { Random } from "./ops/random_values.ts";
import { ACTIVATIONS, type Step, ZERO_POINTS } from "./random_filters.ts";

const anyOutput = (b: NetworkBuilder, random: Random, shape: readonly number[]) =>
  b.tensor(shape, 0.02 + random.real() * 0.1, random.pick(ZERO_POINTS));

/** The step, or nothing where an operator does not take the quantization that was drawn. */
function where(step: Step): Step {
  return (b, random, input, others) => {
    const count = b.operators.length;
    try {
      return step(b, random, input, others);
    } catch (error) {
      if (!(error instanceof OperatorFault)) throw error;
      // What was made before the refusal has no reader.
      b.operators.length = count;
      return undefined;
    }
  };
}

type Function = readonly [kind: string, attributes: object];

const FUNCTIONS: readonly [Function, ...Function[]] = [
  ["abs", {}],
  ["elu", {}],
  ["exp", {}],
  ["gelu", { approximate: true }],
  ["gelu", { approximate: false }],
  ["hard_swish", {}],
  ["log", {}],
  ["neg", {}],
  ["relu_0_to_1", {}],
  ["relu_n1_to_1", {}],
  ["rsqrt", {}],
  ["sqrt", {}],
];

export const unaryFunction = where((b, random, input) => {
  const [kind, attributes] = random.pick(FUNCTIONS);
  return b.operator(kind, [input], [anyOutput(b, random, b.shape(input))], attributes);
});

export const rowFunction = where((b, random, input) => {
  const shape = b.shape(input);
  const kind = random.pick(["softmax", "log_softmax", "l2_normalization"] as const);
  if (kind === "softmax") return b.operator(kind, [input], [b.tensor(shape, 1 / 256, -128)], { beta: 1 });
  if (kind === "log_softmax") return b.operator(kind, [input], [b.tensor(shape, 16 / 256, 127)]);
  return b.operator(kind, [input], [b.tensor(shape, 1 / 128, 0)], { activation: "none" });
});

export const reduction = where((b, random, input) => {
  const shape = b.shape(input);
  const axes = shape.map((_, d) => d).filter(() => random.real() < 0.5);
  if (axes.length === 0) return undefined;
  const keepDims = random.real() < 0.5;
  const reduced = shape.map((size, d) => (axes.includes(d) ? 1 : size));
  const kept = keepDims ? reduced : reduced.filter((_, d) => !axes.includes(d));
  // Other steps take no scalars.
  if (kept.length === 0) return undefined;
  const kind = random.pick(["sum", "reduce_max", "reduce_min", "mean", "reduce_prod"] as const);
  const moved = kind === "reduce_max" || kind === "reduce_min";
  const output = moved ? alike(b, input, kept) : anyOutput(b, random, kept);
  return b.operator(kind, [input], [output], { axes, keepDims });
});

/** Running sums along a dimension. */
export const runningSum = where((b, random, input) => {
  const shape = b.shape(input);
  const options = { exclusive: random.real() < 0.5, reverse: random.real() < 0.5 };
  const axis = random.int(0, shape.length - 1);
  return b.operator("cumsum", [input], [anyOutput(b, random, shape)], { axis, ...options });
});

/** Another tensor of the same shape, or the input itself. */
function twin(b: NetworkBuilder, random: Random, input: TensorId, others: readonly TensorId[]): TensorId {
  const same = others.filter((id) => b.shape(id).join() === b.shape(input).join());
  return same[random.int(0, Math.max(0, same.length - 1))] ?? input;
}

export const pairFunction = where((b, random, input, others) => {
  const kind = random.pick(["maximum", "minimum", "squared_difference", "div"] as const);
  const shape = b.shape(input);
  const other = twin(b, random, input, others);
  if (kind === "squared_difference" || kind === "div") {
    const attributes = { activation: kind === "div" ? random.pick(ACTIVATIONS) : "none" };
    return b.operator(kind, [input, other], [anyOutput(b, random, shape)], attributes);
  }
  const partner = b.operator("quantize", [other], [alike(b, input, shape)]);
  return b.operator(kind, [input, partner], [alike(b, input, shape)], { activation: "none" });
});

/** A tensor of truth values, made by comparing two. */
function comparison(b: NetworkBuilder, random: Random, left: TensorId, right: TensorId): TensorId {
  const relation = random.pick([
    "less",
    "less_equal",
    "greater",
    "greater_equal",
    "equal",
    "not_equal",
  ] as const);
  const shape = b.shape(left);
  const output = b.tensors.push({ name: `t${b.tensors.length}`, shape, dtype: "bool" }) - 1;
  return b.operator("compare", [left, right], [output], { relation });
}

export const choice = where((b, random, input, others) => {
  const shape = b.shape(input);
  const other = twin(b, random, input, others);
  let condition = comparison(b, random, input, other);
  if (random.real() < 0.5) {
    const second = comparison(b, random, other, input);
    const output = b.tensors.push({ name: `t${b.tensors.length}`, shape, dtype: "bool" }) - 1;
    condition = b.operator("logical", [condition, second], [output], {
      connective: random.pick(["and", "or"]),
    });
  }
  const partner = b.operator("quantize", [other], [alike(b, input, shape)]);
  return b.operator("select", [condition, input, partner], [alike(b, input, shape)], { leading: false });
});

/** The product of a tensor's rows with those of another of its shape, as attention has it. */
export const product = where((b, random, input, others) => {
  const shape = b.shape(input);
  if (shape.length < 2 || elementCount(shape) > 400) return undefined;
  const rows = shape.at(-2) ?? 1;
  const output = anyOutput(b, random, [...shape.slice(0, -1), rows]);
  const other = twin(b, random, input, others);
  return b.operator("batch_matmul", [input, other], [output], { adjX: false, adjY: true });
});

/** A recurrent layer over the rows of a tensor. */
export const recurrence = where((b, random, input) => {
  const shape = b.shape(input);
  const depth = shape.at(-1) ?? 1;
  const steps = elementCount(shape) / depth;
  if (steps > 24) return undefined;
  const kind = random.pick(["gru", "lstm", "rnn"] as const);
  const rows = { gru: 3, lstm: 4, rnn: 1 }[kind];
  const units = random.int(1, 4);
  const weights = (columns: number) =>
    b.constant(
      [rows * units, columns],
      Int8Array.from({ length: rows * units * columns }, () => random.int(-127, 127)),
      [0.004 + random.real() * 0.01],
    );
  const x = b.operator("reshape", [input], [alike(b, input, [1, steps, depth])]);
  const output = b.tensor([1, steps, units], 1 / 128, 0);
  return b.operator(kind, [x, weights(depth), weights(units)], [output], {
    ...{ reverse: random.real() < 0.5, timeMajor: false, returns: ["sequence"], stateful: false },
    ...(kind === "gru" ? { linearBeforeReset: random.real() < 0.5 } : {}),
  });
});
