/**
 * SVDF: a streaming layer of filters of low rank, a dot product with the input followed by one over the last results, which
 * are its state (TFLite Micro: svdf_common.cc; Nakkiran et al., 2015). Input [batches, inputs], feature weights
 * [filters, inputs], time weights [filters, memory], optional bias [units], state [batches, filters · memory].
 */

import { require } from "../error.ts";
import { clamp, type FixedFactor, fixedFactor, requantize } from "../graph/fixed_point.ts";
import {
  bytesOf,
  elementBytes,
  integerRange,
  numbersOf,
  shapeText,
  type Tensor,
  type Values,
  valuesOf,
  zeros,
} from "../graph/tensor.ts";
import { defineOperator, type Layer } from "./descriptor.ts";
import { scaleOf, zeroPointOf } from "./families/activation.ts";

interface SvdfAttributes {
  /** Filters that a unit, an output, is the sum of. */
  readonly rank: number;
}

type Svdf = Layer<SvdfAttributes>;

function tensorsOf({ inputs, outputs }: Svdf) {
  const [input, feature, time, bias, state] = inputs;
  const [output] = outputs;
  require(!!input && !!feature && !!time && !!state && !!output && inputs.length === 5, () =>
    `expects 5 inputs (input, feature weights, time weights, bias or none, state) and an output, found ${inputs.length} inputs. The file may be damaged; re-export it.`);
  return { input, feature, time, bias, state, output };
}

function sizesOf(layer: Svdf) {
  const { input, feature, time } = tensorsOf(layer);
  const [batches = 1, inputs = 1] = input.shape;
  const [filters = 1] = feature.shape;
  return { batches, inputs, filters, memory: time.shape[1] ?? 1, units: filters / layer.attributes.rank };
}

/** The factors of a filter's result and of an output; TFLite Micro computes them in float32. */
function factorsOf(layer: Svdf): { readonly state: FixedFactor; readonly output: FixedFactor } {
  const { input, feature, time, state, output } = tensorsOf(layer);
  const factor = (a: Tensor, b: Tensor, c: Tensor) =>
    fixedFactor(Math.fround(Math.fround(scaleOf(a) * scaleOf(b)) / scaleOf(c)));
  return { state: factor(input, feature, state), output: factor(state, time, output) };
}

function checkTypes(layer: Svdf): void {
  const { input, feature, time, bias, state, output } = tensorsOf(layer);
  const types = [input, feature, time, state, output, bias].map((tensor) => tensor?.dtype ?? "int32");
  const past = time.dtype === "int8" ? "int8" : "int16";
  require(types.join() === ["int8", "int8", past, past, "int8", "int32"].join(), () =>
    `expects int8 input, feature weights and output, time weights and state both int8 or both int16, and int32 bias, found ${types.join(", ")}. Re-quantize the model to int8.`);
  for (const [tensor, what] of [
    [feature, "feature weights"],
    [time, "time weights"],
    [bias, "bias"],
  ] as const) {
    require(!tensor || !!tensor.data, () =>
      `expects constant ${what}, found computed ones. Export a trained model.`);
    const scales = tensor?.quantization?.scales.length ?? 1;
    require(scales === 1 && (!tensor || tensor.dtype === "int32" || zeroPointOf(tensor) === 0), () =>
      `expects one scale and zero point 0 for its ${what}, found ${scales} and ${tensor ? zeroPointOf(tensor) : 0}. Re-export the model.`);
  }
  require(!!state.state, () =>
    `expects "${state.name}" to be a variable. The file may be damaged; re-export it.`);
  const expected = Math.fround(scaleOf(state) * scaleOf(time));
  require(!bias || Math.abs((bias.quantization?.scales[0] ?? 0) - expected) < 1e-5, () =>
    `expects a bias of scale ${expected} (state scale × time weight scale), found ${bias?.quantization?.scales[0] ?? "none"}. Re-export the model.`);
}

function check(layer: Svdf): void {
  const { input, feature, time, bias, state, output } = tensorsOf(layer);
  const { batches, inputs, filters, memory, units } = sizesOf(layer);
  const expected = [
    [input, [batches, inputs]],
    [feature, [filters, inputs]],
    [time, [filters, memory]],
    [bias ?? { shape: [units] }, [units]],
    [state, [batches, filters * memory]],
    [output, [batches, units]],
  ] as const;
  const { rank } = layer.attributes;
  require(rank >= 1 && Number.isInteger(units), () =>
    `expects ${filters} filters to be a multiple of its rank, found ${rank}. The file may be damaged; re-export it.`);
  for (const [tensor, shape] of expected) {
    require(tensor.shape.join() === shape.join(), () =>
      `expects a tensor of ${shapeText({ shape })}, found ${shapeText(tensor)}. The file may be damaged; re-export it.`);
  }
  checkTypes(layer);
  // Every tensor that is scaled has to have a scale.
  factorsOf(layer);
}

/** The low bits of `value` as one of the tensor's type, int8 or int16. */
function wrapped(value: number, { dtype }: Tensor): number {
  const unused = 32 - 8 * elementBytes(dtype);
  return (value << unused) >> unused;
}

function evaluate(layer: Svdf, given: readonly (Values | undefined)[]): Values[] {
  const tensors = tensorsOf(layer);
  const { batches, inputs, filters, memory, units } = sizesOf(layer);
  const [x = [], feature = [], time = [], bias, before] = given.map(numbersOf);
  const factors = factorsOf(layer);
  const { min, max } = integerRange(tensors.state.dtype);
  const stateZero = zeroPointOf(tensors.state);
  const state = valuesOf(
    tensors.state.dtype,
    bytesOf(zeros(tensors.state.dtype, batches * filters * memory)),
  );
  const output = new Int8Array(batches * units);
  for (let batch = 0; batch < batches; batch++) {
    const sums = Int32Array.from({ length: units }, (_, unit) => bias?.[unit] ?? 0);
    for (let filter = 0; filter < filters; filter++) {
      let dot = 0;
      for (let k = 0; k < inputs; k++) {
        dot +=
          ((x[batch * inputs + k] ?? 0) - zeroPointOf(tensors.input)) * (feature[filter * inputs + k] ?? 0);
      }
      // The zero point comes after the clamp, so that the sum wraps where TFLite Micro's does.
      const latest = wrapped(clamp(requantize(dot | 0, factors.state), min, max) + stateZero, tensors.state);
      const unit = Math.floor(filter / layer.attributes.rank);
      const row = (batch * filters + filter) * memory;
      for (let age = 0; age < memory; age++) {
        const value = age === memory - 1 ? latest : (before?.[row + age + 1] ?? 0);
        state[row + age] = value;
        sums[unit] = ((sums[unit] ?? 0) + (value - stateZero) * (time[filter * memory + age] ?? 0)) | 0;
      }
    }
    sums.forEach((sum, unit) => {
      const scaled = requantize(sum, factors.output) + zeroPointOf(tensors.output);
      output[batch * units + unit] = clamp(scaled, -128, 127);
    });
  }
  return [output, state];
}

/** For each row of weights −zero point · Σ weights, and what `bias` has for the row's unit. */
function foldedBias(weights: Tensor, rows: number, zeroPoint: number, bias?: Tensor): Uint8Array {
  const values = numbersOf(weights.data && valuesOf(weights.dtype, weights.data));
  const run = values.length / rows;
  const start = numbersOf(bias?.data && valuesOf(bias.dtype, bias.data));
  const folded = Int32Array.from({ length: rows }, (_, row) => {
    const sum = values.slice(row * run, (row + 1) * run).reduce((total, weight) => total + weight, 0);
    return ((start[row] ?? 0) - zeroPoint * sum) | 0;
  });
  return bytesOf(folded);
}

export const svdf = defineOperator<SvdfAttributes>({
  kind: "svdf",
  tflite: [
    {
      code: 27,
      name: "SVDF",
      // The fused activation is dropped: the int8 kernel keeps outputs within int8 and nothing else.
      options: { rank: { id: 0, type: "int32" } },
      read: (operator) => ({ attributes: { rank: operator.option("rank") }, writes: [4] }),
    },
  ],
  check,
  shapes({ attributes, inputs: [input, feature, , , state] }) {
    const [batches = 1] = input?.shape ?? [];
    return [[batches, (feature?.shape[0] ?? 1) / attributes.rank], state?.shape ?? []];
  },
  macs(layer) {
    const { batches, inputs, filters, memory } = sizesOf(layer);
    return batches * filters * (inputs + memory);
  },
  evaluate,
  variants: [
    {
      name: "svdf_s8",
      file: "svdf/portable",
      fits: () => true,
      cost(layer) {
        const { batches, inputs, filters, memory } = sizesOf(layer);
        return batches * filters * (3 * inputs + 6 * memory + 20);
      },
      pack(layer) {
        const { input, feature, time, bias, state } = tensorsOf(layer);
        const { filters, units } = sizesOf(layer);
        const start = foldedBias(feature, filters, zeroPointOf(input));
        const offset = foldedBias(time, units, zeroPointOf(state), bias);
        return {
          feature_bias: { bytes: start, align: 4, role: "weights" },
          bias: { bytes: offset, align: 4, role: "weights" },
        };
      },
      calls(layer) {
        const { state, output } = tensorsOf(layer);
        const { batches, inputs, memory, units } = sizesOf(layer);
        const factors = factorsOf(layer);
        return [
          [
            { name: "input", input: 0 },
            { name: "feature", input: 1 },
            { name: "feature_bias", constant: "feature_bias" },
            { name: "time", input: 2 },
            { name: "bias", constant: "bias" },
            { name: "state", input: 4 },
            { name: "output", output: 0 },
            { name: "batches", literal: batches },
            { name: "inputs", literal: inputs },
            { name: "units", literal: units },
            { name: "rank", literal: layer.attributes.rank },
            { name: "memory", literal: memory },
            { name: "bytes", literal: elementBytes(state.dtype), note: state.dtype },
            { name: "state_multiplier", literal: factors.state.multiplier },
            { name: "state_shift", literal: factors.state.shift },
            { name: "state_zero_point", literal: zeroPointOf(state) },
            { name: "output_multiplier", literal: factors.output.multiplier },
            { name: "output_shift", literal: factors.output.shift },
            { name: "output_zero_point", literal: zeroPointOf(output) },
          ],
        ];
      },
    },
  ],
  limits: "int8; int8 or int16 state and time weights; constant weights; one scale for each tensor",
});
