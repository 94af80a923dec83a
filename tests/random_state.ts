/** Random steps that remember: windows over the last rows, delays, sums, read and assigned in any order. */

import type { TensorId } from "../codegen/graph/tensor.ts";
import { alike, type NetworkBuilder } from "./network_builder.ts";
import type { Random } from "./ops/random_values.ts";
import type { Step } from "./random_filters.ts";

/** State of this shape, quantized as `input` is, that starts from one value or from any. */
function stateLike(b: NetworkBuilder, random: Random, input: TensorId, shape: readonly number[]): TensorId {
  const count = shape.reduce((product, size) => product * size, 1);
  const uniform = random.real() < 0.5;
  const zero = b.zeroPoint(input);
  const values = Int8Array.from({ length: count }, () => (uniform ? zero : random.int(-128, 127)));
  return b.state(shape, values, b.scale(input), zero);
}

const read = (b: NetworkBuilder, state: TensorId) =>
  b.operator("read_variable", [state], [alike(b, state, b.shape(state))]);

/** The last rows of former inferences before or behind those of this one, as streaming convolutions keep them. */
export const stream: Step = (b, random, input) => {
  const shape = b.shape(input);
  const axis = shape.findIndex((size) => size > 1);
  if (axis < 0) return undefined;
  const size = shape[axis] ?? 1;
  const rows = random.int(1, size + 2);
  const resized = (count: number) => shape.map((length, d) => (d === axis ? count : length));
  const state = stateLike(b, random, input, resized(rows));
  const parts = [read(b, state), input];
  if (random.real() < 0.25) parts.reverse();
  const whole = b.operator("concatenation", parts, [alike(b, input, resized(rows + size))], { axis });
  const keep = () => {
    const begin = random.pick([size, size, 0, random.int(0, size)]);
    const slice = {
      begins: shape.map((_, d) => (d === axis ? begin : 0)),
      strides: shape.map(() => 1),
      counts: resized(rows),
      dropped: [],
    };
    const tail = b.operator("strided_slice", [whole], [alike(b, input, resized(rows))], slice);
    b.operator("assign_variable", [tail], [state]);
  };
  if (random.real() < 0.7) keep();
  const used = b.operator("relu", [whole], [alike(b, input, b.shape(whole))]);
  if (random.real() < 0.3) keep();
  if (random.real() < 0.2) return read(b, state);
  return random.pick([whole, used]);
};

/** What came one inference before, or this one already, where it is read again. */
export const delay: Step = (b, random, input) => {
  const state = stateLike(b, random, input, b.shape(input));
  const before = random.real() < 0.8 ? read(b, state) : undefined;
  const value = random.real() < 0.5 ? b.operator("relu", [input], [alike(b, input, b.shape(input))]) : input;
  b.operator("assign_variable", [value], [state]);
  const after = before === undefined || random.real() < 0.3 ? read(b, state) : undefined;
  return random.pick([before ?? value, after ?? value]);
};

/** The sum over all inferences so far; or two states that change places. */
export const accumulate: Step = (b, random, input) => {
  const shape = b.shape(input);
  const state = stateLike(b, random, input, shape);
  const sum = b.operator("add", [read(b, state), input], [alike(b, input, shape)], { activation: "none" });
  if (random.real() < 0.7) {
    b.operator("assign_variable", [sum], [state]);
    return sum;
  }
  const other = stateLike(b, random, input, shape);
  const [first, second] = [read(b, state), read(b, other)];
  b.operator("assign_variable", [random.pick([second, sum])], [state]);
  b.operator("assign_variable", [first], [other]);
  return random.pick([first, second, sum]);
};
