/** The SIMD128 kernel of quantized sums, differences and products, and the proof that its 32-bit lanes are exact. */

import { elementBytes } from "../../graph/tensor.ts";
import { hasSimd } from "../../plan/target.ts";
import type { Argument, KernelVariant } from "../descriptor.ts";
import {
  type BinaryAttributes,
  binaryTensors,
  type Factors,
  type QuantizedOperation,
  quantizedOf,
  scalesDown,
} from "./binary.ts";
import { binaryCalls, binaryNests, elementOverlap } from "./binary_nest.ts";

/** The codes of `arithmetic` in assembly/binary/elements.ts that the kernel has. */
const ADD = 0;
const SUB = 1;
const MUL = 2;
const SQUARED_DIFFERENCE = 4;

/** Elements that are computed together. */
const LANES = 8;

/**
 * Whether twice the sum or product, shifted left where the result's factor says so, stays within int32 for all
 * operands of `bytes` bytes. The least sum of int16, of −32768 twice, is −2^31 then, and so fits too.
 */
function fitsLanes({ code }: QuantizedOperation, bytes: number, shift: number, factors: Factors): boolean {
  const least = bytes === 1 ? 255 : 32768;
  const most = bytes === 1 ? 255 : 32767;
  // Scaled operands are at most half of what was shifted left, rounded twice.
  const sum = (least + most) * 2 ** (shift - 1) + 2;
  const bounds: Readonly<Record<number, number>> = {
    [ADD]: sum,
    [SUB]: sum,
    [MUL]: least * least,
    [SQUARED_DIFFERENCE]: sum * sum,
  };
  const bound = bounds[code];
  const operands = code === MUL || (scalesDown(factors.a) && scalesDown(factors.b));
  return bound !== undefined && operands && 2 * bound * 2 ** Math.max(0, factors.output.shift) < 2 ** 31;
}

/** Runs of `binary_quantized_simd128`; `describe` gives the arguments before and after the operands and loops. */
export function simd128Quantized(
  quantized: QuantizedOperation,
  describe: (
    layer: Parameters<KernelVariant<BinaryAttributes>["calls"]>[0],
    quantized: QuantizedOperation,
  ) => readonly [Argument[], Argument[]],
): KernelVariant<BinaryAttributes> {
  return {
    name: "binary_quantized_simd128",
    file: "binary/simd128",
    fits(layer, target) {
      if (!hasSimd(target) || quantized.kernel !== "binary_quantized") return false;
      if (!quantizedOf(layer, { quantized })) return false;
      const { a, b, output } = binaryTensors(layer);
      const factors = quantized.factors(a, b, output, layer.attributes.rounding);
      return fitsLanes(quantized, elementBytes(a.dtype), quantized.leftShift(a.dtype), factors);
    },
    // Some 40 cycles for what fills the lanes, and a few more where short vectors are put together.
    cost(layer) {
      const { a, b } = binaryTensors(layer);
      return binaryNests(a.shape, b.shape).reduce((sum, { levels }) => {
        const counts = levels.map(({ count }) => count);
        const inner = counts.pop() ?? 1;
        const cycles = Math.ceil(inner / LANES) * 40 + (inner % LANES ? 20 : 0);
        return sum + counts.reduce((product, count) => product * count, cycles);
      }, 0);
    },
    overlap: elementOverlap,
    calls: (layer) => binaryCalls(layer, ...describe(layer, quantized)),
  };
}
