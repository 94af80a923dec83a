/**
 * L2_NORMALIZATION: values divided by the root of the sum of their squares along the last dimension, int8 (TFLite
 * reference: integer_ops/l2normalization.h; TFLite Micro: l2norm.cc).
 */

import { require } from "../error.ts";
import { clamp, requantize } from "../graph/fixed_point.ts";
import { inverseSquareRoot } from "../graph/inverse_square_root.ts";
import { elementCount, numbersOf, shapeText } from "../graph/tensor.ts";
import { defineOperator } from "./descriptor.ts";
import { type Activation, activationOf, scaleOf, zeroPointOf } from "./families/activation.ts";
import { ONNX_L2_NORMALIZATION } from "./families/onnx_softmax.ts";
import { oneToOne } from "./families/parameters.ts";
import { rowsOf } from "./families/rows.ts";
import { NO_FACTOR } from "./families/slopes.ts";

interface L2NormalizationAttributes {
  readonly activation: Activation;
}

/** Bits of the output's fraction. */
const OUTPUT_BITS = 7;
/** The sum of squares of at most 255 must stay below 2^31. */
const MAX_DEPTH = 33025;

export const l2Normalization = defineOperator<L2NormalizationAttributes>({
  kind: "l2_normalization",
  tflite: [
    {
      code: 11,
      name: "L2_NORMALIZATION",
      options: { activation: { id: 0, type: "int8" } },
      read: (operator) => ({ attributes: { activation: activationOf(operator.option("activation")) } }),
    },
  ],
  onnx: [ONNX_L2_NORMALIZATION],
  check(layer) {
    const { input, output } = oneToOne(layer);
    require(input.dtype === "int8" && output.dtype === "int8", () =>
      `expects int8 input and output, found ${input.dtype} and ${output.dtype}. Quantize the model to int8.`);
    require(layer.attributes.activation === "none", () =>
      `expects no fused activation, found ${layer.attributes.activation}. Export the activation as an operator of its own.`);
    scaleOf(input);
    require(scaleOf(output) === 1 / 128 && zeroPointOf(output) === 0, () =>
      `expects an output scale of 1/128 and a zero point of 0, found ${scaleOf(output)} and ${zeroPointOf(output)}. Re-export the model.`);
    require(input.shape.length >= 1 && input.shape.join() === output.shape.join(), () =>
      `expects an output of ${shapeText(input)}, found ${shapeText(output)}. The file may be damaged; re-export it.`);
    const { depth } = rowsOf(input);
    require(depth <= MAX_DEPTH, () =>
      `expects at most ${MAX_DEPTH} values in the last dimension, found ${depth}. TFLite's sum of squares overflows there.`);
  },
  shapes: ({ inputs }) => [inputs[0]?.shape ?? []],
  traits: { rowwise: () => true },
  evaluate(layer, inputs) {
    const { input } = oneToOne(layer);
    const { depth } = rowsOf(input);
    const values = numbersOf(inputs[0]).map((value) => value - zeroPointOf(input));
    const sums: number[] = [];
    values.forEach((value, index) => {
      const row = Math.floor(index / depth);
      sums[row] = (sums[row] ?? 0) + value * value;
    });
    const factors = sums.map((sum) => {
      const { multiplier, shift } = inverseSquareRoot(sum);
      return { multiplier, shift: shift + OUTPUT_BITS };
    });
    return [
      Int8Array.from(values, (value, index) => {
        const factor = factors[Math.floor(index / depth)] ?? NO_FACTOR;
        return clamp(requantize(value, factor), -128, 127);
      }),
    ];
  },
  variants: [
    {
      name: "l2_normalization_s8",
      file: "l2_normalization/portable",
      fits: () => true,
      cost: (layer) => elementCount(oneToOne(layer).input.shape) * 20,
      // A row is written after its sum is known, each element after it was read.
      overlap: () => 0,
      calls(layer) {
        const { input } = oneToOne(layer);
        const { rows, depth } = rowsOf(input);
        return [
          [
            { name: "input", input: 0 },
            { name: "output", output: 0 },
            { name: "rows", literal: rows },
            { name: "depth", literal: depth },
            { name: "zero_point", literal: zeroPointOf(input) },
          ],
        ];
      },
    },
  ],
  limits: "int8; last dimension of at most 33,025 values",
});
