/** LOG_SOFTMAX: ln of the softmax over the last dimension, int8, in fixed point (TFLite reference: log_softmax.h). */

import { require } from "../error.ts";
import { clamp, fixedFactor, requantize, roundingDivideByPot } from "../graph/fixed_point.ts";
import { EXP_OF_POWERS } from "../graph/fixed_point_functions.ts";
import { logAboveOne } from "../graph/fixed_point_log.ts";
import type { Layer } from "../graph/graph.ts";
import { bytesOf, elementCount, shapeText, type Values } from "../graph/tensor.ts";
import { defineOperator } from "./descriptor.ts";
import { scaleOf, zeroPointOf } from "./families/activation.ts";
import { computesExponentials, differenceScale, softmaxExponentials } from "./families/exponential.ts";
import { ONNX_LOG_SOFTMAX } from "./families/onnx_softmax.ts";
import { oneToOne } from "./families/parameters.ts";
import { rowsOf } from "./families/rows.ts";

/** The sum of exponentials, Q12.19, must stay below 2^31. */
const MAX_DEPTH = 4095;

const scaleOfDifference = (layer: Layer) => differenceScale(scaleOf(oneToOne(layer).input));

/** What takes differences in Q5.26 back to steps of the input. */
function reverseFactor(layer: Layer) {
  const { multiplier, shift } = scaleOfDifference(layer);
  return fixedFactor(2 ** (31 - shift) / multiplier);
}

function evaluate(layer: Layer, [values]: readonly (Values | undefined)[]): Values[] {
  const { rows, depth } = rowsOf(oneToOne(layer).input);
  const scale = scaleOfDifference(layer);
  const table = softmaxExponentials(scale);
  const result = new Int8Array(rows * depth);
  for (let row = 0; row < rows; row++) {
    const inputs = Array.from({ length: depth }, (_, c) => Number(values?.[row * depth + c]));
    const highest = inputs.reduce((a, b) => Math.max(a, b));
    const sum = inputs.reduce((total, x) => total + roundingDivideByPot(table[highest - x] ?? 0, 12), 0);
    const logarithm = logAboveOne(sum);
    const least = Math.max(requantize(logarithm - 2 ** 31, reverseFactor(layer)), -scale.largest - 1);
    inputs.forEach((x, c) => {
      const value = (requantize(x - highest, scale) - logarithm) | 0;
      result[row * depth + c] =
        x - highest > least ? clamp(roundingDivideByPot(value, 22) + 127, -128, 127) : -128;
    });
  }
  return [result];
}

export const logSoftmax = defineOperator({
  kind: "log_softmax",
  tflite: [{ code: 50, name: "LOG_SOFTMAX", read: () => ({ attributes: {} }) }],
  onnx: [ONNX_LOG_SOFTMAX],
  check(layer) {
    const { input, output } = oneToOne(layer);
    require(input.dtype === "int8" && output.dtype === "int8", () =>
      `expects int8 input and output, found ${input.dtype} and ${output.dtype}. Quantize the model to int8.`);
    require(scaleOf(output) === 1 / 16 && zeroPointOf(output) === 127, () =>
      `expects an output scale of 1/16 and a zero point of 127, found ${scaleOf(output)} and ${zeroPointOf(output)}. Re-export the model.`);
    require(input.shape.length >= 1 && input.shape.join() === output.shape.join(), () =>
      `expects an output of ${shapeText(input)}, found ${shapeText(output)}. The file may be damaged; re-export it.`);
    const { depth } = rowsOf(input);
    require(depth <= MAX_DEPTH, () =>
      `expects at most ${MAX_DEPTH} values in the last dimension, found ${depth}. TFLite's sum of exponentials overflows there.`);
    const scale = scaleOf(input);
    require(scale > 2 ** -26 && Number.isFinite(scale), () =>
      `expects an input scale above 2^-26, found ${scale}. Re-export the model.`);
  },
  shapes: ({ inputs }) => [inputs[0]?.shape ?? []],
  traits: { rowwise: () => true },
  evaluate,
  variants: [
    {
      name: "log_softmax_s8",
      file: "log_softmax/portable",
      fits: () => true,
      cost: (layer) => elementCount(oneToOne(layer).input.shape) * 30,
      pack(layer, style) {
        const scale = scaleOfDifference(layer);
        const words = computesExponentials(scale, style)
          ? Int32Array.from(EXP_OF_POWERS)
          : softmaxExponentials(scale);
        return { exponentials: { bytes: bytesOf(words), align: 4, role: "tables" } };
      },
      // A row is written after its largest value and its sum are known, each element after it was read.
      overlap: () => 0,
      calls(layer, _, style) {
        const { rows, depth } = rowsOf(oneToOne(layer).input);
        const scale = scaleOfDifference(layer);
        const reverse = reverseFactor(layer);
        return [
          [
            { name: "input", input: 0 },
            { name: "output", output: 0 },
            { name: "rows", literal: rows },
            { name: "depth", literal: depth },
            { name: "exponentials", constant: "exponentials" },
            { name: "computed", literal: Number(computesExponentials(scale, style)) },
            { name: "multiplier", literal: scale.multiplier },
            { name: "shift", literal: scale.shift },
            { name: "largest", literal: scale.largest },
            { name: "reverse_multiplier", literal: reverse.multiplier },
            { name: "reverse_shift", literal: reverse.shift },
          ],
        ];
      },
    },
  ],
  limits: "int8; last dimension of at most 4,095 values",
});
