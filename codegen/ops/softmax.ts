/**
 * SOFTMAX: over the last dimension, in TFLite's fixed point (TFLite reference: softmax.h; TFLite Micro: softmax_common.cc);
 * int8 here, int16 in families/softmax_s16.ts.
 */

import { require } from "../error.ts";
import { alignUp } from "../graph/align.ts";
import { clamp, highMultiply, roundingDivideByPot } from "../graph/fixed_point.ts";
import { EXP_OF_POWERS, oneOverOnePlus } from "../graph/fixed_point_functions.ts";
import {
  bytesOf,
  type DType,
  elementBytes,
  elementCount,
  integerRange,
  shapeText,
  type Values,
  zeros,
} from "../graph/tensor.ts";
import { hasSimd } from "../plan/target.ts";
import { type Argument, defineOperator, type KernelVariant, type Layer, type Style } from "./descriptor.ts";
import { scaleOf, zeroPointOf } from "./families/activation.ts";
import { computesExponentials, differenceScale, softmaxExponentials } from "./families/exponential.ts";
import { ONNX_SOFTMAX } from "./families/onnx_softmax.ts";
import { oneToOne } from "./families/parameters.ts";
import { rowsOf } from "./families/rows.ts";
import {
  checkSoftmax16,
  evaluateSoftmax16,
  type SoftmaxAttributes,
  softmax16Variant,
} from "./families/softmax_s16.ts";

type Softmax = Layer<SoftmaxAttributes>;

/** Input and output types, and the bits and the zero point that the output then has. */
const OUTPUTS: readonly (readonly [DType, DType, number, number])[] = [
  ["int8", "int8", 8, -128],
  ["int8", "int16", 16, -32768],
  ["int16", "int16", 15, 0],
];

/** The sum of exponentials, Q12.19, must stay below 2^31. */
const MAX_DEPTH = 4095;
/** With SIMD128 it must stay below 2^29. */
const MAX_LANES_DEPTH = 1023;

const factorOf = (layer: Softmax) => layer.attributes.beta * scaleOf(oneToOne(layer).input);

const scaleOfDifference = (layer: Softmax) => differenceScale(factorOf(layer));

const isWide = (layer: Softmax) => oneToOne(layer).output.dtype === "int16";

/** 2^16 divided by the scale of the output. */
const rescaleFactor = (layer: Softmax) => Math.round(2 ** 16 / scaleOf(oneToOne(layer).output));

/** int8 to int8, or to int16 with 8 more bits. */
function evaluateInt8(layer: Softmax, [values]: readonly (Values | undefined)[]): Values[] {
  const { rows, depth } = rowsOf(oneToOne(layer).input);
  const table = softmaxExponentials(scaleOfDifference(layer));
  const { output } = oneToOne(layer);
  const { min, max } = integerRange(output.dtype);
  const bits = 8 * elementBytes(output.dtype);
  const result = zeros(output.dtype, rows * depth);
  for (let row = 0; row < rows; row++) {
    const inputs = Array.from({ length: depth }, (_, c) => Number(values?.[row * depth + c]));
    const highest = inputs.reduce((a, b) => Math.max(a, b));
    const exponentials = inputs.map((value) => table[highest - value] ?? 0);
    const sum = exponentials.reduce((total, e) => total + roundingDivideByPot(e, 12), 0);
    const headroom = Math.clz32(sum);
    const scale = oneOverOnePlus(sum * 2 ** headroom - 2 ** 31);
    exponentials.forEach((e, c) => {
      if (layer.attributes.rescale) {
        const share = roundingDivideByPot(highMultiply(scale, e), 19 - headroom);
        const scaled = (BigInt(share) * BigInt(rescaleFactor(layer)) + 2n ** 39n) >> 40n;
        result[row * depth + c] = clamp(Number(scaled) + zeroPointOf(output), min, max);
        return;
      }
      const share = roundingDivideByPot(highMultiply(scale, e), 43 - headroom - bits);
      result[row * depth + c] = clamp(share + min, min, max);
    });
  }
  return [result];
}

/** The arguments that both kernels of int8 start with. */
function rowArguments(layer: Softmax, style: Style): Argument[] {
  const { rows, depth } = rowsOf(oneToOne(layer).input);
  const { multiplier, shift, largest } = scaleOfDifference(layer);
  const computed = computesExponentials(scaleOfDifference(layer), style);
  return [
    { name: "input", input: 0 },
    { name: "output", output: 0 },
    { name: "rows", literal: rows },
    { name: "depth", literal: depth },
    { name: "exponentials", constant: "exponentials" },
    { name: "multiplier", literal: computed ? multiplier : 0 },
    { name: "shift", literal: computed ? shift : 0 },
    { name: "largest", literal: computed ? largest : 0 },
  ];
}

const portable: KernelVariant<SoftmaxAttributes> = {
  name: "softmax_s8",
  file: "softmax/portable",
  fits: (layer) => oneToOne(layer).input.dtype === "int8",
  cost: (layer) => elementCount(oneToOne(layer).input.shape) * 30,
  // Trailing zeros of the table, where differences no longer count, take no bytes in the module.
  pack(layer, style) {
    const words = computesExponentials(scaleOfDifference(layer), style)
      ? Int32Array.from(EXP_OF_POWERS)
      : softmaxExponentials(scaleOfDifference(layer));
    return { exponentials: { bytes: bytesOf(words), align: 4, role: "tables" } };
  },
  // A row is written after its largest value and its sum are known, each element after it was read.
  overlap: (layer) => (isWide(layer) ? undefined : 0),
  calls(layer, _, style) {
    return [
      [
        ...rowArguments(layer, style),
        { name: "wide", literal: Number(isWide(layer)) },
        { name: "factor", literal: layer.attributes.rescale ? rescaleFactor(layer) : 0 },
        {
          name: "zero_point",
          literal: layer.attributes.rescale ? zeroPointOf(oneToOne(layer).output) : -128,
        },
      ],
    ];
  },
};

/** Of depths that its lanes have room for; the scratch holds the exponentials of a row. */
const simd128: KernelVariant<SoftmaxAttributes> = {
  ...portable,
  name: "softmax_s8_simd128",
  file: "softmax/simd128",
  fits: (layer, target) =>
    hasSimd(target) &&
    portable.fits(layer, target) &&
    !isWide(layer) &&
    layer.attributes.rescale !== true &&
    rowsOf(oneToOne(layer).input).depth <= MAX_LANES_DEPTH,
  cost: (layer) => elementCount(oneToOne(layer).input.shape) * 20,
  scratch: (layer) => 4 * alignUp(rowsOf(oneToOne(layer).input).depth, 8),
  calls: (layer, _, style) => [[...rowArguments(layer, style), { name: "terms", scratch: 0 }]],
};

export const softmax = defineOperator<SoftmaxAttributes>({
  kind: "softmax",
  tflite: [
    {
      code: 25,
      name: "SOFTMAX",
      options: { beta: { id: 0, type: "float32" } },
      read: (operator) => ({ attributes: { beta: operator.option("beta") } }),
    },
  ],
  onnx: [ONNX_SOFTMAX],
  check(layer) {
    const { input, output } = oneToOne(layer);
    const expected = OUTPUTS.find(([from, to]) => from === input.dtype && to === output.dtype);
    require(expected !== undefined, () =>
      `expects int8 or int16 input, and output of its type or int16, found ${input.dtype} and ${output.dtype}. Quantize the model to int8.`);
    const [, , bits, zeroPoint] = expected;
    if (layer.attributes.rescale) {
      require(input.dtype === "int8" && output.dtype === "int8" && rescaleFactor(layer) < 2 ** 31, () =>
        `expects int8 tensors and an output scale of at least 2^-15, found ${input.dtype}, ${output.dtype} and ${scaleOf(output)}. Quantize the model to int8.`);
    }
    // Scales of int16 may be off by a thousandth, and are then taken for what they should be.
    const error = Math.abs(scaleOf(output) * 2 ** bits - 1);
    const asTflite = error <= (output.dtype === "int16" ? 0.001 : 0) && zeroPointOf(output) === zeroPoint;
    require(asTflite || layer.attributes.rescale === true, () =>
      `expects an output scale of 1/${2 ** bits} and a zero point of ${zeroPoint}, found ${scaleOf(output)} and ${zeroPointOf(output)}. Re-export the model.`);
    require(input.shape.length >= 1 && input.shape.join() === output.shape.join(), () =>
      `expects an output of ${shapeText(input)}, found ${shapeText(output)}. The file may be damaged; re-export it.`);
    const factor = factorOf(layer);
    require(factor > 2 ** -26 && Number.isFinite(factor), () =>
      `expects beta × input scale above 2^-26, found ${factor}. Re-export the model.`);
    if (input.dtype === "int16") checkSoftmax16(layer);
    const { depth } = rowsOf(input);
    const most = input.dtype === "int16" ? 65535 : MAX_DEPTH;
    require(depth <= most, () =>
      `expects at most ${most} values in the last dimension, found ${depth}. TFLite's sum of exponentials overflows there.`);
  },
  shapes: ({ inputs }) => [inputs[0]?.shape ?? []],
  traits: { rowwise: () => true },
  evaluate: (layer, inputs) =>
    oneToOne(layer).input.dtype === "int16" ? evaluateSoftmax16(layer, inputs) : evaluateInt8(layer, inputs),
  variants: [portable, simd128, softmax16Variant],
  limits: "int8 to int8 or int16, int16 to int16; last dimension of at most 4,095 values in int8",
});
