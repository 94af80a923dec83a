/**
 * Layer normalization, (x − mean) / √(variance + epsilon) · scale + bias along the last dimension, int8, in Mote's fixed point
 * (ONNX: LayerNormalization). Inputs: x; scale and bias, constant float32 of as many values as a row; the bias may be absent.
 *
 * With integers q of the row, D of them and of scale s: d = D·q − Σq and V = D·Σq² − (Σq)² are exact, and the normalized value
 * is d / √(V + E), E = epsilon · D² / s². W = (V + E)·2^F, F even, has less than 62 bits; with an even shift e that brings it to
 * [2^60, 2^62), root = ⌊√(W·2^e)⌋ and inverse = ⌊2^62 / root⌋, the value with X bits of fraction is
 * (d·inverse + ½·2^n) >> n, n = 62 − X − (F + e)/2. Scale and bias in steps of the output are integers with G and H bits of
 * fraction; the result is (value·scale + bias·2^(X + G − H) + ½·2^(X + G)) >> (X + G). Every step but these roundings is exact:
 * value and bias are within 2^−22 of what they stand for in ordinary networks, so the result is the float computation's,
 * rounded once, and differs where that lies as near to a half.
 */

import { require } from "../error.ts";
import { bitsFor, clamp, frexp } from "../graph/fixed_point.ts";
import { elementCount, numbersOf, shapeText, type Tensor, type Values, valuesOf } from "../graph/tensor.ts";
import { defineOperator, type Layer, type PackedConstant } from "./descriptor.ts";
import { scaleOf, zeroPointOf } from "./families/activation.ts";
import { ONNX_LAYER_NORMALIZATION } from "./families/onnx_layer_normalization.ts";
import { rowsOf } from "./families/rows.ts";

export interface LayerNormalizationAttributes {
  readonly epsilon: number;
}

type LayerNormalization = Layer<LayerNormalizationAttributes>;

const MAX_DEPTH = 32768;
/** Results before the clamp stay below this. */
const MAX_RESULT = 2 ** 30;

interface Numbers {
  /** E·2^F. */
  readonly epsilon: bigint;
  /** F, X, X + G and X + G − H. */
  readonly fraction: number;
  readonly valueBits: number;
  readonly shift: number;
  readonly offsetShift: number;
  readonly factors: Int32Array;
  readonly offsets: Int32Array;
}

function tensorsOf(layer: LayerNormalization): {
  input: Tensor;
  scale: Tensor;
  bias: Tensor | undefined;
  output: Tensor;
} {
  const [input, scale, bias] = layer.inputs;
  const [output] = layer.outputs;
  require(layer.inputs.length >= 2 && layer.inputs.length <= 3 && !!input && !!scale && !!output, () =>
    `expects an input, a scale, an optional bias and one output, found ${layer.inputs.length} inputs and ${layer.outputs.length} outputs. The file may be damaged; re-export it.`);
  return { input, scale, bias, output };
}

/** The numbers of a constant in steps of the output. */
function inSteps(tensor: Tensor | undefined, depth: number, step: number): number[] {
  if (!tensor) return new Array<number>(depth).fill(0);
  return numbersOf(tensor.data && valuesOf(tensor.dtype, tensor.data)).map((value) => value / step);
}

/** The smallest n with all `values` below 2^n. */
function bitsOf(values: readonly number[]): number {
  const largest = values.reduce((most, value) => Math.max(most, Math.abs(value)), 2 ** -40);
  return frexp(largest).exponent;
}

function numbersOfLayer(layer: LayerNormalization): Numbers {
  const { input, scale, bias, output } = tensorsOf(layer);
  const { depth } = rowsOf(input);
  const epsilon = (layer.attributes.epsilon * depth ** 2) / scaleOf(input) ** 2;
  // The variance of int8 is below 2^14.
  const fraction = Math.max(0, 2 * Math.floor((62 - bitsOf([depth ** 2 * 2 ** 14 + epsilon])) / 2));
  const valueBits = 30 - Math.ceil(bitsFor(depth) / 2);
  const [factors, offsets] = [inSteps(scale, depth, scaleOf(output)), inSteps(bias, depth, scaleOf(output))];
  const factorBits = Math.min(31 - bitsOf(factors), 61 - valueBits, 61 - valueBits - bitsOf(offsets));
  const shift = valueBits + factorBits;
  const offsetBits = Math.min(31 - bitsOf(offsets), shift);
  const whole = (values: readonly number[], bits: number) =>
    Int32Array.from(values, (value) => clamp(Math.round(value * 2 ** bits), -(2 ** 31) + 1, 2 ** 31 - 1));
  return {
    epsilon: BigInt(Math.max(1, Math.round(epsilon * 2 ** fraction))),
    fraction,
    valueBits,
    shift,
    offsetShift: shift - offsetBits,
    factors: whole(factors, factorBits),
    offsets: whole(offsets, offsetBits),
  };
}

/** ⌊√value⌋. */
function squareRoot(value: bigint): bigint {
  let root = BigInt(Math.floor(Math.sqrt(Number(value))));
  while (root * root > value) root -= 1n;
  while ((root + 1n) * (root + 1n) <= value) root += 1n;
  return root;
}

function evaluate(layer: LayerNormalization, [values]: readonly (Values | undefined)[]): Values[] {
  const { input, output } = tensorsOf(layer);
  const { rows, depth } = rowsOf(input);
  const { epsilon, fraction, valueBits, shift, offsetShift, factors, offsets } = numbersOfLayer(layer);
  const rounded = (value: bigint, bits: number) => (value + (1n << BigInt(bits - 1))) >> BigInt(bits);
  const result = new Int8Array(rows * depth);
  for (let row = 0; row < rows; row++) {
    const integers = numbersOf(values?.subarray(row * depth, (row + 1) * depth));
    const sum = integers.reduce((total, q) => total + q, 0);
    const spread = depth * integers.reduce((total, q) => total + q * q, 0) - sum ** 2;
    const variance = BigInt(spread) * 2n ** BigInt(fraction) + epsilon;
    let even = 0;
    while (variance << BigInt(even) < 2n ** 60n) even += 2;
    const inverse = 2n ** 62n / squareRoot(variance << BigInt(even));
    const exponent = Math.max(62 - valueBits - (fraction + even) / 2, 1);
    integers.forEach((q, c) => {
      const value = rounded(BigInt(depth * q - sum) * inverse, exponent);
      const offset = BigInt(offsets[c] ?? 0) << BigInt(offsetShift);
      const scaled = Number(rounded(value * BigInt(factors[c] ?? 0) + offset, shift));
      result[row * depth + c] = clamp(scaled + zeroPointOf(output), -128, 127);
    });
  }
  return [result];
}

/** A constant of a value for each of a row; left out where it may be. */
function checkConstant(tensor: Tensor | undefined, depth: number, what: string): void {
  if (!tensor) return;
  require(tensor.dtype === "float32" && !!tensor.data && elementCount(tensor.shape) === depth, () =>
    `expects a constant float32 ${what} of ${depth} values, found ${tensor.data ? "" : "computed "}${tensor.dtype} ${shapeText(tensor)}. Re-export the model.`);
  require(numbersOf(valuesOf("float32", tensor.data)).every(Number.isFinite), () =>
    `expects a finite ${what}, found NaN or infinity. The file may be damaged; re-export it.`);
}

export const layerNormalization = defineOperator<LayerNormalizationAttributes>({
  kind: "layer_normalization",
  tflite: [],
  onnx: [ONNX_LAYER_NORMALIZATION],
  check(layer) {
    const { input, scale, bias, output } = tensorsOf(layer);
    const { depth } = rowsOf(input);
    const { epsilon } = layer.attributes;
    require(input.dtype === "int8" && output.dtype === "int8", () =>
      `expects int8 input and output, found ${input.dtype} and ${output.dtype}. Quantize the model to int8.`);
    require(input.shape.length >= 1 && input.shape.join() === output.shape.join(), () =>
      `expects an output of ${shapeText(input)}, found ${shapeText(output)}. The file may be damaged; re-export it.`);
    require(depth <= MAX_DEPTH, () =>
      `expects at most ${MAX_DEPTH} values in the last dimension, found ${depth}. Normalize fewer.`);
    checkConstant(scale, depth, "scale");
    checkConstant(bias, depth, "bias");
    const steps = (epsilon * depth ** 2) / scaleOf(input) ** 2;
    require(epsilon >= 0 && steps < 2 ** 60, () =>
      `expects an epsilon from 0 that is small against the squares of values, found ${epsilon}. Re-export the model.`);
    const [factors, offsets] = [
      inSteps(scale, depth, scaleOf(output)),
      inSteps(bias, depth, scaleOf(output)),
    ];
    const largest = 2 ** bitsOf(factors) * Math.sqrt(depth) + 2 ** bitsOf(offsets);
    require(largest < MAX_RESULT, () =>
      `expects results below 2^30 steps of the output, found that scale and bias allow ${largest}. Re-export the model.`);
  },
  shapes: ({ inputs }) => [inputs[0]?.shape ?? []],
  traits: { rowwise: () => true },
  evaluate,
  variants: [
    {
      name: "layer_normalization_s8",
      file: "layer_normalization/portable",
      fits: () => true,
      cost: (layer) => elementCount(tensorsOf(layer).input.shape) * 30,
      // A row is written after its sums are known, each element after it was read.
      overlap: (_, index) => (index === 0 ? 0 : undefined),
      pack(layer): { parameters: PackedConstant } {
        const { epsilon, factors, offsets } = numbersOfLayer(layer);
        const bytes = new Uint8Array(8 + 8 * factors.length);
        const view = new DataView(bytes.buffer);
        view.setBigInt64(0, epsilon, true);
        [...factors, ...offsets].forEach((value, index) => {
          view.setInt32(8 + 4 * index, value, true);
        });
        return { parameters: { bytes, align: 8, role: "weights" } };
      },
      calls(layer) {
        const { input, output } = tensorsOf(layer);
        const { rows, depth } = rowsOf(input);
        const { fraction, valueBits, shift, offsetShift } = numbersOfLayer(layer);
        return [
          [
            { name: "input", input: 0, note: shapeText(input) },
            { name: "output", output: 0 },
            { name: "rows", literal: rows },
            { name: "depth", literal: depth },
            { name: "parameters", constant: "parameters" },
            { name: "fraction", literal: fraction },
            { name: "value_bits", literal: valueBits },
            { name: "shift", literal: shift },
            { name: "offset_shift", literal: offsetShift },
            { name: "zero_point", literal: zeroPointOf(output) },
          ],
        ];
      },
    },
  ],
  limits: "int8; constant scale and bias; rows of at most 32,768 values",
});
