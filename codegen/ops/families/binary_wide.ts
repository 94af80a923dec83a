/** The kernel of quantized sums, differences and products for interpreters, and the proof that its 64 bits are enough. */

import { elementCount } from "../../graph/tensor.ts";
import type { Argument, KernelVariant, Layer } from "../descriptor.ts";
import { activationRange, zeroPointOf } from "./activation.ts";
import {
  type BinaryAttributes,
  binaryTensors,
  type Factors,
  type QuantizedOperation,
  quantizedOf,
  scalesDown,
} from "./binary.ts";
import { binaryCalls, elementOverlap } from "./binary_nest.ts";

type Binary = Layer<BinaryAttributes>;

/** The codes of `arithmetic` in assembly/binary/elements.ts that the kernel has. */
const [ADD, SUB, MUL, SQUARED_DIFFERENCE] = [0, 1, 2, 4];
/** Farthest shift to the right of a result, for which 255 of its steps fit 64 bits. */
const MOST_EXPONENT = 23;

/** The largest magnitude of what the result's factor scales, for operands within ±255 and their factors at most 1/2. */
function bound(code: number, leftShift: number): number {
  const operand = 255 * 2 ** (leftShift - 1) + 1;
  return code === MUL ? 255 * 255 : code === SQUARED_DIFFERENCE ? (2 * operand) ** 2 : 2 * operand;
}

function fits(layer: Binary, quantized: QuantizedOperation, { a, b, output }: Factors): boolean {
  const { code } = quantized;
  const leftShift = quantized.leftShift("int8");
  const exponent = -output.shift;
  const largest = bound(code, leftShift) * output.multiplier + 2 ** (31 + exponent) * 257;
  return (
    [ADD, SUB, MUL, SQUARED_DIFFERENCE].includes(code) &&
    layer.attributes.rounding === undefined &&
    (code === MUL || (scalesDown(a) && scalesDown(b))) &&
    exponent >= 1 &&
    exponent <= MOST_EXPONENT &&
    largest < 2 ** 62
  );
}

/** Runs of `binary_quantized_wide`. */
export function wideQuantized(quantized: QuantizedOperation): KernelVariant<BinaryAttributes> {
  const factorsOf = (layer: Binary) => {
    const { a, b, output } = binaryTensors(layer);
    return quantized.factors(a, b, output, layer.attributes.rounding);
  };
  return {
    name: "binary_quantized_wide",
    file: "binary/wide",
    fits(layer, target) {
      if (!target.lanes || quantized.kernel !== "binary_quantized") return false;
      if (!quantizedOf(layer, { quantized }) || binaryTensors(layer).a.dtype !== "int8") return false;
      return fits(layer, quantized, factorsOf(layer));
    },
    // In the unit of the portable kernel, of which it takes less than half the instructions.
    cost: (layer) => elementCount(binaryTensors(layer).output.shape) * 12,
    overlap: elementOverlap,
    calls(layer) {
      const { a, b, output } = binaryTensors(layer);
      const factors = factorsOf(layer);
      const { min, max } = activationRange(layer.attributes.activation, output);
      const tail: Argument[] = [
        { name: "a_zero_point", literal: zeroPointOf(a) },
        { name: "b_zero_point", literal: zeroPointOf(b) },
        { name: "left_shift", literal: quantized.leftShift("int8") },
        { name: "multiplier_a", literal: factors.a.multiplier },
        { name: "exponent_a", literal: -factors.a.shift },
        { name: "multiplier_b", literal: factors.b.multiplier },
        { name: "exponent_b", literal: -factors.b.shift },
        { name: "multiplier", literal: factors.output.multiplier },
        { name: "shift", literal: 31 - factors.output.shift },
        { name: "two_sided", literal: Number(min < zeroPointOf(output)) },
        { name: "zero_point", literal: zeroPointOf(output) },
        { name: "low", literal: min },
        { name: "high", literal: max },
      ];
      return binaryCalls(layer, [{ name: "operation", literal: quantized.code }], tail);
    },
  };
}
