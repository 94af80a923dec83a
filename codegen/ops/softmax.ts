/** SOFTMAX: over the last dimension, int8, in TFLite's fixed point (TFLite reference: softmax.h). */

import { require } from "../error.ts";
import { clamp, highMultiply, roundingDivideByPot } from "../graph/fixed_point.ts";
import { EXP_OF_POWERS, oneOverOnePlus } from "../graph/fixed_point_functions.ts";
import { bytesOf, elementCount, shapeText, type Values } from "../graph/tensor.ts";
import { defineOperator, type Layer, type Style } from "./descriptor.ts";
import { scaleOf, zeroPointOf } from "./families/activation.ts";
import { differenceScale, softmaxExponentials } from "./families/exponential.ts";
import { oneToOne } from "./families/parameters.ts";

interface SoftmaxAttributes {
  /** Factor on the input before the exponential. */
  readonly beta: number;
}

type Softmax = Layer<SoftmaxAttributes>;

/** The sum of exponentials, Q12.19, must stay below 2^31. */
const MAX_DEPTH = 4095;

function sizesOf(layer: Softmax): { rows: number; depth: number } {
  const { input } = oneToOne(layer);
  const depth = input.shape.at(-1) ?? 1;
  return { rows: elementCount(input.shape) / depth, depth };
}

/** Bytes of code that computing exponentials takes, about: a table is the smaller choice where it has fewer. */
const COMPUTE_BYTES = 250;

const factorOf = (layer: Softmax) => layer.attributes.beta * scaleOf(oneToOne(layer).input);

const scaleOfDifference = (layer: Softmax) => differenceScale(factorOf(layer));

/** Whether the kernel computes its exponentials, instead of a table with one for every difference that counts. */
function computes(layer: Softmax, style: Style): boolean {
  return style.compact && scaleOfDifference(layer).largest * 4 > COMPUTE_BYTES;
}

function evaluate(layer: Softmax, [values]: readonly (Values | undefined)[]): Values[] {
  const { rows, depth } = sizesOf(layer);
  const table = softmaxExponentials(scaleOfDifference(layer));
  const result = new Int8Array(rows * depth);
  for (let row = 0; row < rows; row++) {
    const inputs = Array.from({ length: depth }, (_, c) => Number(values?.[row * depth + c]));
    const highest = inputs.reduce((a, b) => Math.max(a, b));
    const exponentials = inputs.map((value) => table[highest - value] ?? 0);
    const sum = exponentials.reduce((total, e) => total + roundingDivideByPot(e, 12), 0);
    const headroom = Math.clz32(sum);
    const scale = oneOverOnePlus(sum * 2 ** headroom - 2 ** 31);
    exponentials.forEach((e, c) => {
      const output = roundingDivideByPot(highMultiply(scale, e), 35 - headroom);
      result[row * depth + c] = clamp(output - 128, -128, 127);
    });
  }
  return [result];
}

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
  check(layer) {
    const { input, output } = oneToOne(layer);
    require(input.dtype === "int8" && output.dtype === "int8", () =>
      `expects int8 input and output, found ${input.dtype} and ${output.dtype}. Quantize the model to int8.`);
    require(scaleOf(output) === 1 / 256 && zeroPointOf(output) === -128, () =>
      `expects an output scale of 1/256 and a zero point of -128, found ${scaleOf(output)} and ${zeroPointOf(output)}. Re-export the model.`);
    require(input.shape.length >= 1 && input.shape.join() === output.shape.join(), () =>
      `expects an output of ${shapeText(input)}, found ${shapeText(output)}. The file may be damaged; re-export it.`);
    const { depth } = sizesOf(layer);
    require(depth <= MAX_DEPTH, () =>
      `expects at most ${MAX_DEPTH} values in the last dimension, found ${depth}. TFLite's sum of exponentials overflows there.`);
    const factor = factorOf(layer);
    require(factor > 2 ** -26 && Number.isFinite(factor), () =>
      `expects beta × input scale above 2^-26, found ${factor}. Re-export the model.`);
  },
  traits: { rowwise: () => true },
  evaluate,
  variants: [
    {
      name: "softmax_s8",
      file: "softmax/portable",
      fits: () => true,
      cost: (layer) => elementCount(oneToOne(layer).input.shape) * 30,
      // Trailing zeros of the table, where differences no longer count, take no bytes in the module.
      pack(layer, style) {
        const words = computes(layer, style)
          ? Int32Array.from(EXP_OF_POWERS)
          : softmaxExponentials(scaleOfDifference(layer));
        return { exponentials: { bytes: bytesOf(words), align: 4, role: "tables" } };
      },
      // A row is written after its largest value and its sum are known, each element after it was read.
      overlap: () => 0,
      calls(layer, _, style) {
        const { rows, depth } = sizesOf(layer);
        const { multiplier, shift, largest } = scaleOfDifference(layer);
        const computed = computes(layer, style);
        return [
          [
            { name: "input", input: 0 },
            { name: "output", output: 0 },
            { name: "rows", literal: rows },
            { name: "depth", literal: depth },
            { name: "exponentials", constant: "exponentials" },
            { name: "multiplier", literal: computed ? multiplier : 0 },
            { name: "shift", literal: computed ? shift : 0 },
            { name: "largest", literal: computed ? largest : 0 },
          ],
        ];
      },
    },
  ],
  limits: "int8 to int8; last dimension of at most 4,095 values",
});
