/** SOFTMAX of int16, by tables of e^x and 1 / (1 + x) between which it interpolates (TFLite reference: softmax.h). */

import { require } from "../../error.ts";
import { exp } from "../../graph/elementary.ts";
import { clamp, fixedFactor, requantize } from "../../graph/fixed_point.ts";
import type { Layer } from "../../graph/graph.ts";
import { bytesOf, elementCount, type Values } from "../../graph/tensor.ts";
import type { KernelVariant, PackedConstant } from "../descriptor.ts";
import { scaleOf } from "./activation.ts";
import { oneToOne } from "./parameters.ts";
import { rowsOf } from "./rows.ts";
import { interpolate, interpolationTable } from "./sampled.ts";

export interface SoftmaxAttributes {
  /** Factor on the input before the exponential. */
  readonly beta: number;
  /** The int8 output has any scale and zero point, and its values are rounded once; else they are TFLite's. */
  readonly rescale?: boolean;
}

type Softmax = Layer<SoftmaxAttributes>;

/** Q15: e^x from −10 to 0, and 1 / (1 + x) from 0 to 1. */
const EXPONENTIALS = interpolationTable(exp, { low: -10, high: 0, scale: 2 ** 15 });
const RECIPROCALS = interpolationTable((x) => 1 / Math.fround(1 + x), { low: 0, high: 1, scale: 2 ** 15 });

/** Scale of differences from a row's largest value in units of 10 / 65535. */
function factorOf(layer: Softmax) {
  return fixedFactor((scaleOf(oneToOne(layer).input) * layer.attributes.beta) / (10 / 65535));
}

/** Differences of 16 bits must not overflow where they are scaled. */
export function checkSoftmax16(layer: Softmax): void {
  const { input } = oneToOne(layer);
  require(factorOf(layer).shift <= 15, () =>
    `expects beta × input scale below 5, found ${scaleOf(input) * layer.attributes.beta}. Re-export the model.`);
}

export function evaluateSoftmax16(layer: Softmax, [values]: readonly (Values | undefined)[]): Values[] {
  const { rows, depth } = rowsOf(oneToOne(layer).input);
  const factor = factorOf(layer);
  const result = new Int16Array(rows * depth);
  for (let row = 0; row < rows; row++) {
    const inputs = Array.from({ length: depth }, (_, c) => Number(values?.[row * depth + c]));
    const highest = inputs.reduce((a, b) => Math.max(a, b));
    const exponentials = inputs.map((value) => {
      const scaled = requantize(value - highest, factor) + 32767;
      return interpolate(clamp(scaled, -32768, 32767), EXPONENTIALS);
    });
    // The sum is 2^e · (1 + x), with 16 bits of x centred around 0.
    const sum = exponentials.reduce((a, b) => a + b);
    const exponent = 31 - Math.clz32(sum);
    const x = Math.floor(sum * 2 ** (16 - exponent) + 0.5) - 2 ** 16 - 2 ** 15;
    const reciprocal = interpolate(Math.min(x, 32767), RECIPROCALS);
    exponentials.forEach((e, c) => {
      const share = Math.floor((e * reciprocal) / 2 ** exponent + 0.5);
      result[row * depth + c] = clamp(share, 0, 32767);
    });
  }
  return [result];
}

export const softmax16Variant: KernelVariant<SoftmaxAttributes> = {
  name: "softmax_s16",
  file: "softmax/int16",
  fits: (layer) => oneToOne(layer).input.dtype === "int16",
  cost: (layer) => elementCount(oneToOne(layer).input.shape) * 40,
  pack() {
    const table = (words: Int16Array): PackedConstant => ({
      bytes: bytesOf(words),
      align: 2,
      role: "tables",
    });
    return { exponentials: table(EXPONENTIALS), reciprocals: table(RECIPROCALS) };
  },
  // A row is written after its largest value is known, each element after it was read.
  overlap: () => 0,
  calls(layer) {
    const { rows, depth } = rowsOf(oneToOne(layer).input);
    const { multiplier, shift } = factorOf(layer);
    return [
      [
        { name: "input", input: 0 },
        { name: "output", output: 0 },
        { name: "rows", literal: rows },
        { name: "depth", literal: depth },
        { name: "multiplier", literal: multiplier },
        { name: "shift", literal: shift },
        { name: "exponentials", constant: "exponentials" },
        { name: "reciprocals", constant: "reciprocals" },
      ],
    ];
  },
};
