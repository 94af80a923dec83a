/** Random layers without filters: elementwise operators, pools and data movement. */

import { tensorAt } from "../codegen/graph/graph.ts";
import { elementCount, type TensorId } from "../codegen/graph/tensor.ts";
import { alike } from "./network_builder.ts";
import { randomValues } from "./ops/random_values.ts";
import { ACTIVATIONS, isMap, type Step, windowOf, ZERO_POINTS } from "./random_filters.ts";

export const binary: Step = (b, random, input, others) => {
  const shape = b.shape(input);
  const channels = shape.at(-1) ?? 1;
  const same = others.filter((id) => b.shape(id).join() === shape.join());
  const operand = random.pick([[1], [channels], shape]);
  const other =
    same.length > 0 && random.real() < 0.7
      ? (same[random.int(0, same.length - 1)] ?? input)
      : b.constant(
          operand,
          Int8Array.from({ length: elementCount(operand) }, () => random.int(-128, 127)),
        );
  const output = b.tensor(shape, 0.05 + random.real() * 0.1, random.pick(ZERO_POINTS));
  const inputs = random.real() < 0.5 ? [input, other] : [other, input];
  return b.operator(random.pick(["add", "sub", "mul"]), inputs, [output], {
    activation: random.pick(ACTIVATIONS),
  });
};

export const unary: Step = (b, random, input) => {
  const kind = random.pick(["relu", "relu6", "leaky_relu", "logistic", "tanh", "quantize", "prelu"]);
  const shape = b.shape(input);
  if (kind === "logistic") return b.operator(kind, [input], [b.tensor(shape, 1 / 256, -128)]);
  if (kind === "tanh") return b.operator(kind, [input], [b.tensor(shape, 1 / 128, 0)]);
  const rescaled = b.tensor(shape, b.scale(input) * random.pick([1, 0.7, 1.4]), random.pick(ZERO_POINTS));
  // RELU6 keeps scale and zero point.
  const output = kind === "relu6" ? alike(b, input, shape) : rescaled;
  if (kind !== "prelu")
    return b.operator(kind, [input], [output], kind === "leaky_relu" ? { alpha: 0.2 } : {});
  const size = random.pick([1, shape.at(-1) ?? 1]);
  const alpha = b.constant(
    [size],
    Int8Array.from({ length: size }, () => random.int(-100, 100)),
  );
  return b.operator(kind, [input, alpha], [output], { activation: "none" });
};

export const pool: Step = (b, random, input) => {
  if (!isMap(b, input)) return undefined;
  const size = random.int(1, 3);
  const window = windowOf(b, random, input, size);
  if (!window) return undefined;
  const output = alike(b, input, [...window.map, b.shape(input)[3] ?? 1]);
  return b.operator(random.pick(["average_pool_2d", "max_pool_2d"]), [input], [output], {
    ...window.attributes,
    windowHeight: size,
    windowWidth: size,
    same: window.same,
  });
};

export const pad: Step = (b, random, input) => {
  if (!isMap(b, input)) return undefined;
  const channelPad = random.pick([0, 0, 0, 1]);
  const before = [0, random.int(0, 2), random.int(0, 2), channelPad];
  const after = [0, random.int(0, 2), random.int(0, 2), 0];
  const shape = b.shape(input).map((size, d) => size + (before[d] ?? 0) + (after[d] ?? 0));
  const value = random.real() < 0.7 ? b.zeroPoint(input) : random.int(-128, 127);
  // PAD moves bytes; files exist whose two sides are quantized in different ways.
  const output =
    random.real() < 0.85
      ? alike(b, input, shape)
      : b.tensor(shape, 0.03, random.pick([b.zeroPoint(input), 5]));
  return b.operator("pad", [input], [output], { before, after, value });
};

export const reshape: Step = (b, random, input) => {
  const shape = b.shape(input);
  const [channels = 1, count] = [shape.at(-1), elementCount(shape)];
  return b.operator(
    "reshape",
    [input],
    [
      alike(
        b,
        input,
        random.pick([
          [1, count],
          [count / channels, channels],
        ]),
      ),
    ],
  );
};

export const mean: Step = (b, random, input) => {
  if (!isMap(b, input)) return undefined;
  const axes = random.pick([[1, 2], [1, 2], [1], [3]]);
  const shape = b.shape(input).map((size, d) => (axes.includes(d) ? 1 : size));
  return b.operator("mean", [input], [b.tensor(shape, b.scale(input), random.pick(ZERO_POINTS))], { axes });
};

export const join: Step = (b, random, input, others) => {
  const shape = b.shape(input);
  const axis = random.int(0, shape.length - 1);
  const fits = (id: TensorId) =>
    b.scale(id) === b.scale(input) &&
    b.zeroPoint(id) === b.zeroPoint(input) &&
    b.shape(id).length === shape.length &&
    b.shape(id).every((size, d) => d === axis || size === shape[d]);
  const choices = others.filter(fits);
  // Concatenation never rescales, so a partner is requantized for it.
  const partner = others.find((id) => b.shape(id).join() === shape.join() && id !== input);
  const made = partner === undefined ? [] : [b.operator("quantize", [partner], [alike(b, input, shape)])];
  const constant = b.constant(shape, randomValues(tensorAt(b, input), random), [b.scale(input)]);
  if (b.zeroPoint(input) === 0 && random.real() < 0.4) made.push(constant);
  const parts = [input, ...made, ...choices.filter(() => random.real() < 0.5).slice(0, 2)];
  if (random.real() < 0.5) parts.reverse();
  const total = parts.reduce((sum, id) => sum + (b.shape(id)[axis] ?? 1), 0);
  const output = alike(
    b,
    input,
    shape.map((size, d) => (d === axis ? total : size)),
  );
  return b.operator("concatenation", parts, [output], { axis });
};

export const cut: Step = (b, random, input) => {
  const shape = b.shape(input);
  const axis = random.int(0, shape.length - 1);
  const size = shape[axis] ?? 1;
  const parts = [2, 3].find((count) => size % count === 0);
  if (parts !== undefined && random.real() < 0.6) {
    const part = shape.map((length, d) => (d === axis ? length / parts : length));
    const outputs = Array.from({ length: parts }, () => alike(b, input, part));
    b.operator("split", [input], outputs, { axis, sizes: outputs.map(() => size / parts) });
    return outputs[random.int(0, parts - 1)];
  }
  const begin = random.int(0, size - 1);
  const counts = shape.map((length, d) => (d === axis ? random.int(1, length - begin) : length));
  return b.operator("strided_slice", [input], [alike(b, input, counts)], {
    begins: shape.map((_, d) => (d === axis ? begin : 0)),
    strides: shape.map(() => 1),
    counts,
    dropped: [],
  });
};
