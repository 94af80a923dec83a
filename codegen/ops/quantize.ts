/**
 * QUANTIZE: between integer types and scales, and from float32 (TFLite reference: requantize.h, quantize.h; TFLite
 * Micro: quantize_common.cc).
 */

import { require } from "../error.ts";
import { clamp, fixedFactor, requantize, roundAway } from "../graph/fixed_point.ts";
import type { Layer } from "../graph/graph.ts";
import {
  type DType,
  elementBytes,
  elementCount,
  integerRange,
  numbersOf,
  shapeText,
  type Values,
  zeros,
} from "../graph/tensor.ts";
import { hasSimd } from "../plan/target.ts";
import { defineOperator, type KernelVariant } from "./descriptor.ts";
import { scaleOf, zeroPointOf } from "./families/activation.ts";
import { floatBits } from "./families/float_bits.ts";
import { oneToOne } from "./families/parameters.ts";
import { tableVariant } from "./families/unary_table.ts";

const INPUTS: readonly DType[] = ["int8", "uint8", "int16", "float32"];
const OUTPUTS: readonly DType[] = ["int8", "uint8", "int16", "int32"];

function isInt8Only(layer: Layer<unknown>): boolean {
  const { input, output } = oneToOne(layer);
  return input.dtype === "int8" && output.dtype === "int8";
}

function evaluate(layer: Layer<unknown>, inputs: readonly (Values | undefined)[]): Values[] {
  const { input, output } = oneToOne(layer);
  const { min, max } = integerRange(output.dtype);
  const result = zeros(output.dtype, inputs[0]?.length ?? 0);
  const zeroPoint = zeroPointOf(output);
  if (input.dtype === "float32") {
    numbersOf(inputs[0]).forEach((value, index) => {
      const scaled = roundAway(Math.fround(value / scaleOf(output)));
      result[index] = Number.isNaN(scaled) ? zeroPoint : clamp(scaled + zeroPoint, min, max);
    });
    return [result];
  }
  const factor = fixedFactor(scaleOf(input) / scaleOf(output));
  numbersOf(inputs[0]).forEach((value, index) => {
    result[index] = clamp(requantize(value - zeroPointOf(input), factor) + zeroPoint, min, max);
  });
  return [result];
}

const fromIntegers: KernelVariant<unknown> = {
  name: "requantize_elements",
  file: "quantize/portable",
  fits: (layer) => oneToOne(layer).input.dtype !== "float32",
  cost: (layer) => elementCount(oneToOne(layer).output.shape) * 12,
  calls(layer) {
    const { input, output } = oneToOne(layer);
    const { multiplier, shift } = fixedFactor(scaleOf(input) / scaleOf(output));
    const { min, max } = integerRange(output.dtype);
    return [
      [
        { name: "input", input: 0, note: shapeText(input) },
        { name: "input_bytes", literal: elementBytes(input.dtype) },
        { name: "input_signed", literal: Number(input.dtype !== "uint8") },
        { name: "output", output: 0 },
        { name: "output_bytes", literal: elementBytes(output.dtype) },
        { name: "count", literal: elementCount(output.shape) },
        { name: "input_zero_point", literal: zeroPointOf(input) },
        { name: "multiplier", literal: multiplier },
        { name: "shift", literal: shift },
        { name: "output_zero_point", literal: zeroPointOf(output) },
        { name: "low", literal: min },
        { name: "high", literal: max },
      ],
    ];
  },
};

const fromFloat: KernelVariant<unknown> = {
  name: "quantize_f32",
  file: "quantize/portable",
  fits: (layer) => oneToOne(layer).input.dtype === "float32" && oneToOne(layer).output.dtype !== "int32",
  cost: (layer) => elementCount(oneToOne(layer).output.shape) * 12,
  // Elements shrink, so writes stay behind reads.
  overlap: () => 0,
  calls(layer) {
    const { input, output } = oneToOne(layer);
    const { min, max } = integerRange(output.dtype);
    return [
      [
        { name: "input", input: 0, note: shapeText(input) },
        { name: "output", output: 0 },
        { name: "output_bytes", literal: elementBytes(output.dtype) },
        { name: "count", literal: elementCount(output.shape) },
        { name: "scale_bits", literal: floatBits(scaleOf(output)), note: `of ${scaleOf(output)}` },
        { name: "zero_point", literal: zeroPointOf(output) },
        { name: "low", literal: min },
        { name: "high", literal: max },
      ],
    ];
  },
};

const fromFloatSimd128: KernelVariant<unknown> = {
  ...fromFloat,
  name: "quantize_f32_simd128",
  file: "quantize/simd128",
  fits: (layer, target) =>
    hasSimd(target) && fromFloat.fits(layer, target) && oneToOne(layer).output.dtype !== "uint8",
  cost: (layer) => elementCount(oneToOne(layer).output.shape) * 2,
};

export const quantize = defineOperator<unknown>({
  kind: "quantize",
  tflite: [{ code: 114, name: "QUANTIZE", read: () => ({ attributes: {} }) }],
  jobs: { recode: () => ({}) },
  check(layer) {
    const { input, output } = oneToOne(layer);
    require(INPUTS.includes(input.dtype) && OUTPUTS.includes(output.dtype), () =>
      `expects ${INPUTS.join(", ")} in and ${OUTPUTS.join(", ")} out, found ${input.dtype} and ${output.dtype}. Re-export the model.`);
    require(input.dtype !== "float32" || output.dtype !== "int32", () =>
      "expects float32 to become int8, uint8 or int16, found int32. Re-export the model.");
    require(elementCount(input.shape) === elementCount(output.shape), () =>
      `expects an output of ${shapeText(input)}, found ${shapeText(output)}. The file may be damaged; re-export it.`);
    if (input.dtype !== "float32") scaleOf(input);
    scaleOf(output);
  },
  traits: { elementwise: () => true, channels: (layer) => (isInt8Only(layer) ? "each" : undefined) },
  evaluate,
  variants: [tableVariant(isInt8Only, evaluate), fromIntegers, fromFloat, fromFloatSimd128],
  limits: "int8, uint8, int16, float32 in; int8, uint8, int16, int32 out",
});
