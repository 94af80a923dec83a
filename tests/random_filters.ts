/** Random layers with filters, many of them dead: convolution, depthwise convolution, fully connected. */

import { elementCount, type TensorId } from "../codegen/graph/tensor.ts";
import { samePadding } from "../codegen/ops/families/convolution.ts";
import type { NetworkBuilder } from "./network_builder.ts";
import type { Random } from "./ops/random_values.ts";

export const ACTIVATIONS = ["none", "relu", "relu6"] as const;
export const ZERO_POINTS = [-128, -128, 0, 17, -31] as const;

/** A step adds an operator that reads `input` and gives one of its outputs, or nothing where the shape is not right. */
export type Step = (
  b: NetworkBuilder,
  random: Random,
  input: TensorId,
  others: readonly TensorId[],
) => TensorId | undefined;

/** Weights by filter and input channel: whole filters are zero, and whole input channels are left unread. */
function sparse(
  random: Random,
  count: number,
  filter: (at: number) => number,
  channel: (at: number) => number,
) {
  const deadFilters = Array.from({ length: count }, () => random.real() < 0.4);
  const deadChannels = Array.from({ length: count }, () => random.real() < 0.2);
  return Int8Array.from({ length: count }, (_, at) =>
    deadFilters[filter(at)] || deadChannels[channel(at)] ? 0 : random.int(-127, 127),
  );
}

/** Scales and biases as the converter writes them: tiny scales and huge biases where all weights are zero. */
function parameters(random: Random, filters: number, isDead: (filter: number) => boolean) {
  const scales = Array.from({ length: filters }, (_, filter) =>
    isDead(filter) && random.real() < 0.5 ? random.pick([4e-9, 1e-8]) : 0.002 + random.real() * 0.01,
  );
  const biases = Int32Array.from({ length: filters }, (_, filter) =>
    isDead(filter) && (scales[filter] ?? 0) < 1e-6
      ? random.int(-(2 ** 30), 2 ** 30)
      : random.pick([0, random.int(-3000, 3000), random.int(-100_000, 100_000)]),
  );
  return { scales, biases };
}

/** A convolution's window on `input`; nothing where the kernel is larger than the map. */
export function windowOf(b: NetworkBuilder, random: Random, input: TensorId, kernel: number) {
  const [batches = 1, height = 1, width = 1] = b.shape(input);
  const same = random.real() < 0.6;
  const stride = random.pick([1, 1, 2]);
  const [padTop, padBottom] = same ? samePadding(height, kernel, stride, 1) : [0, 0];
  const [padLeft, padRight] = same ? samePadding(width, kernel, stride, 1) : [0, 0];
  const size = (length: number, pads: number) => Math.floor((length + pads - kernel) / stride) + 1;
  const strides = { strideHeight: stride, strideWidth: stride, dilationHeight: 1, dilationWidth: 1 };
  const map = [batches, size(height, padTop + padBottom), size(width, padLeft + padRight)];
  if (map.some((length) => length < 1)) return undefined;
  return {
    same,
    map,
    attributes: { ...strides, padTop, padBottom, padLeft, padRight, activation: random.pick(ACTIVATIONS) },
  };
}

export const isMap = (b: NetworkBuilder, id: TensorId) => b.shape(id).length === 4;

export const conv: Step = (b, random, input) => {
  if (!isMap(b, input)) return undefined;
  const channels = b.shape(input)[3] ?? 1;
  const kernel = random.pick([1, 1, 3]);
  const window = windowOf(b, random, input, kernel);
  if (!window) return undefined;
  const filters = random.int(1, 7);
  const run = kernel * kernel * channels;
  const weights = sparse(
    random,
    filters * run,
    (at) => Math.floor(at / run),
    (at) => at % channels,
  );
  const { scales, biases } = parameters(random, filters, (filter) =>
    weights.subarray(filter * run, (filter + 1) * run).every((weight) => weight === 0),
  );
  const perChannel = random.real() < 0.8;
  const filter = b.constant([filters, kernel, kernel, channels], weights, perChannel ? scales : [0.005]);
  const bias = random.real() < 0.8 ? [b.constant([filters], biases)] : [];
  const output = b.tensor([...window.map, filters], 0.02 + random.real() * 0.1, random.pick(ZERO_POINTS));
  return b.operator("conv_2d", [input, filter, ...bias], [output], window.attributes);
};

export const transposed: Step = (b, random, input) => {
  if (!isMap(b, input)) return undefined;
  const [batches = 1, height = 1, width = 1, channels = 1] = b.shape(input);
  const [kernel, stride, filters] = [random.int(1, 3), random.int(1, 2), random.int(1, 5)];
  if (height * width > 64) return undefined;
  const run = kernel * kernel * channels;
  const weights = sparse(
    random,
    filters * run,
    (at) => Math.floor(at / run),
    (at) => at % channels,
  );
  const { scales, biases } = parameters(random, filters, (filter) =>
    weights.subarray(filter * run, (filter + 1) * run).every((weight) => weight === 0),
  );
  const filter = b.constant([filters, kernel, kernel, channels], weights, scales);
  const padBottom = random.int(0, kernel - 1);
  const size = (length: number, pads: number) => (length - 1) * stride + kernel - pads;
  const shape = [batches, size(height, padBottom), size(width, 0), filters];
  const output = b.tensor(shape, 0.02 + random.real() * 0.1, random.pick(ZERO_POINTS));
  return b.operator("transpose_conv", [input, filter, b.constant([filters], biases)], [output], {
    ...{ strideHeight: stride, strideWidth: stride, padTop: 0, padBottom, padLeft: 0, padRight: 0 },
    activation: random.pick(ACTIVATIONS),
  });
};

export const depthwise: Step = (b, random, input) => {
  if (!isMap(b, input)) return undefined;
  const kernel = random.pick([1, 3, 3]);
  const window = windowOf(b, random, input, kernel);
  if (!window) return undefined;
  const filters = (b.shape(input)[3] ?? 1) * random.pick([1, 1, 1, 2]);
  const weights = sparse(
    random,
    kernel * kernel * filters,
    (at) => at % filters,
    (at) => at % filters,
  );
  const { scales, biases } = parameters(random, filters, (filter) =>
    weights.every((weight, at) => at % filters !== filter || weight === 0),
  );
  const filter = b.constant([1, kernel, kernel, filters], weights, scales, 3);
  const output = b.tensor([...window.map, filters], 0.02 + random.real() * 0.1, random.pick(ZERO_POINTS));
  return b.operator(
    "depthwise_conv_2d",
    [input, filter, b.constant([filters], biases)],
    [output],
    window.attributes,
  );
};

export const dense: Step = (b, random, input) => {
  const rows = random.real() < 0.3 ? elementCount(b.shape(input)) / (b.shape(input).at(-1) ?? 1) : 1;
  const depth = elementCount(b.shape(input)) / rows;
  const channels = b.shape(input).at(-1) ?? 1;
  const filters = random.int(1, 6);
  const weights = sparse(
    random,
    filters * depth,
    (at) => Math.floor(at / depth),
    (at) => at % channels,
  );
  const { scales, biases } = parameters(random, filters, (filter) =>
    weights.subarray(filter * depth, (filter + 1) * depth).every((weight) => weight === 0),
  );
  const filter = b.constant([filters, depth], weights, random.real() < 0.5 ? scales : [0.004]);
  const output = b.tensor([rows, filters], 0.02 + random.real() * 0.1, random.pick(ZERO_POINTS));
  const attributes = { activation: random.pick(ACTIVATIONS) };
  return b.operator("fully_connected", [input, filter, b.constant([filters], biases)], [output], attributes);
};
