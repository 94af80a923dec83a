/** Random networks around TRANSPOSE: heads that are split and merged, products, norms, all in any order of dimensions. */

import type { Graph } from "../codegen/graph/graph.ts";
import { elementCount, type TensorId } from "../codegen/graph/tensor.ts";
import { alike, NetworkBuilder } from "./network_builder.ts";
import { type Random, randomOf } from "./ops/random_values.ts";
import { dense } from "./random_filters.ts";
import { binary, unary } from "./random_layers.ts";

/** Appends layers to a network; nothing where the tensor does not suit it. */
type Step = (
  b: NetworkBuilder,
  random: Random,
  input: TensorId,
  made: readonly TensorId[],
) => TensorId | undefined;

function shuffled(random: Random, count: number): number[] {
  const left = Array.from({ length: count }, (_, index) => index);
  return Array.from({ length: count }, () => left.splice(random.int(0, left.length - 1), 1)[0] ?? 0);
}

const transpose: Step = (b, random, input) => {
  const shape = b.shape(input);
  const permutation = shuffled(random, shape.length);
  const output = alike(
    b,
    input,
    permutation.map((d) => shape[d] ?? 1),
  );
  return b.operator("transpose", [input], [output], { permutation });
};

/** Another shape of as many elements; now and then with numbers that mean something else. */
const reshape: Step = (b, random, input) => {
  let left = elementCount(b.shape(input));
  const shape: number[] = [];
  while (left > 1 && shape.length < 3) {
    const count = left;
    const size = random.pick([1, left, ...[2, 3, 4, 6].filter((factor) => count % factor === 0)]);
    shape.push(size);
    left /= size;
  }
  const made = left > 1 || shape.length === 0 ? [...shape, left] : shape;
  const output = random.real() < 0.9 ? alike(b, input, made) : b.tensor(made, 0.03, 7);
  return b.operator("reshape", [input], [output]);
};

/** The sum or product with what has some of the tensor's dimensions. */
const broadcast: Step = (b, random, input, made) => {
  const shape = b.shape(input);
  const fits = (other: readonly number[]) =>
    other.length <= shape.length &&
    other.every((size, d) => size === 1 || size === shape[d + shape.length - other.length]);
  const others = made.filter((id) => fits(b.shape(id)));
  const other = others[random.int(0, others.length - 1)] ?? input;
  const output = b.tensor(shape, 0.1, random.int(-20, 20));
  const inputs = random.real() < 0.5 ? [input, other] : [other, input];
  const kind = random.pick(["add", "mul", "sub", "maximum", "squared_difference"]);
  return b.operator(kind, inputs, [output], { activation: "none" });
};

const reduction: Step = (b, random, input) => {
  const shape = b.shape(input);
  const axes = shape.map((_, d) => d).filter(() => random.real() < 0.4);
  const keepDims = random.real() < 0.5;
  const made = shape.flatMap((size, d) => (axes.includes(d) ? (keepDims ? [1] : []) : [size]));
  const spans = shape.filter((_, d) => d > 0 && axes.includes(d) !== axes.includes(d - 1)).length;
  if (axes.length === 0 || made.length === 0 || spans > 2) return undefined;
  const kind = random.pick(["mean", "mean", "sum", "reduce_max"]);
  // The largest keeps scale and zero point.
  const output = kind === "reduce_max" ? alike(b, input, made) : b.tensor(made, 0.02, 4);
  return b.operator(kind, [input], [output], { axes, keepDims });
};

const softmax: Step = (b, _random, input) =>
  b.operator("softmax", [input], [b.tensor(b.shape(input), 1 / 256, -128)], { beta: 1 });

/** The product with another tensor whose shape fits, with itself if none does. */
const product: Step = (b, random, input, made) => {
  const matrices = [...made].filter((id) => b.shape(id).length >= 2);
  const options = matrices.flatMap((other) =>
    [false, true].flatMap((adjX) =>
      [false, true].flatMap((adjY) => {
        const [x, y] = [b.shape(input), b.shape(other)];
        const [rows, depth] = adjX ? x.slice(-2).reverse() : x.slice(-2);
        const [inner, columns] = adjY ? y.slice(-2).reverse() : y.slice(-2);
        const [a, c] = [x.slice(0, -2), y.slice(0, -2)];
        const fits = x.length >= 2 && depth === inner && a.join() === c.join();
        return fits && rows && columns ? [{ other, adjX, adjY, shape: [...a, rows, columns] }] : [];
      }),
    ),
  );
  const choice = options[random.int(0, options.length - 1)];
  if (!choice || elementCount(choice.shape) > 400) return undefined;
  const { other, shape, ...attributes } = choice;
  return b.operator("batch_matmul", [input, other], [b.tensor(shape, 0.08, random.int(-9, 9))], attributes);
};

const STEPS: readonly [Step, ...Step[]] = [
  transpose,
  transpose,
  transpose,
  reshape,
  unary,
  binary,
  broadcast,
  broadcast,
  reduction,
  softmax,
  product,
  product,
  dense,
];

/** The network of a seed: 3 to 14 operators, some inner tensors as further outputs. */
export function randomTransposes(seed: number): Graph {
  const random = randomOf(seed);
  const b = new NetworkBuilder();
  const shape = Array.from({ length: random.int(2, 4) }, () => random.pick([1, 2, 2, 3, 4, 6]));
  const inputs = Array.from({ length: random.pick([1, 1, 2]) }, () =>
    b.tensor(shape, 0.05, random.int(-20, 20)),
  );
  const made: TensorId[] = [...inputs];
  const count = random.int(3, 14);
  for (let tries = 0; b.operators.length < count && tries < 60; tries++) {
    const input = made[random.real() < 0.7 ? made.length - 1 : random.int(0, made.length - 1)] ?? 0;
    const output = random.pick(STEPS)(b, random, input, made);
    if (output !== undefined) made.push(output);
  }
  const last = made.at(-1) ?? 0;
  const written = made.slice(inputs.length, -1).filter(() => random.real() < 0.1);
  return b.graph(
    inputs,
    [...new Set([...written, last])].filter((id) => !inputs.includes(id)),
  );
}
