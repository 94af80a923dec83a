/** MEAN and SUM: sums over some dimensions, rescaled where quantized (TFLite reference: reduce.h, QuantizedMeanOrSum). */

import { require } from "../../error.ts";
import {
  clamp,
  type FixedFactor,
  fixedFactor,
  frexp,
  onceFactor,
  requantize,
} from "../../graph/fixed_point.ts";
import { type DType, integerRange, type Values } from "../../graph/tensor.ts";
import type { OperatorDescriptor } from "../descriptor.ts";
import { scaleOf, zeroPointOf } from "./activation.ts";
import { oneToOne } from "./parameters.ts";
import {
  bytesArgument,
  checkReduction,
  type ReduceAttributes,
  type Reduction,
  reducedCount,
  reducedShapes,
  reduceTraits,
  reduceValues,
  reduceVariant,
} from "./reduce.ts";

type Kind = "mean" | "sum";

const QUANTIZED: readonly DType[] = ["int8", "int16"];
/** Types that are only summed while the model is built. */
const FOLDED: Readonly<Record<Kind, readonly DType[]>> = { mean: [], sum: ["int32", "int64"] };
/** Sums of so many values stay within int32. */
const MAX_COUNT: Partial<Record<DType, number>> = { int8: 2 ** 23, int16: 2 ** 16 - 1 };

/** The numbers of operations in assembly/reduce/nest.ts. */
const CODES = { sum: 0, mean: 1 };

/** The scale factor; of a mean with the division by the number of values in its multiplier, which is cut off. */
function factorOf(kind: Kind, layer: Reduction): FixedFactor {
  const { input, output } = oneToOne(layer);
  const size = kind === "sum" ? 1 : reducedCount(layer);
  const factor = scaleOf(input) / scaleOf(output);
  if (layer.attributes.rounding) return onceFactor(factor / size);
  const { multiplier, shift } = fixedFactor(factor);
  const bits = Math.min(frexp(size).exponent - 1, 32, 31 + shift);
  return { multiplier: Number((BigInt(multiplier) << BigInt(bits)) / BigInt(size)), shift: shift - bits };
}

function evaluate(kind: Kind, layer: Reduction, [values]: readonly (Values | undefined)[]): Values[] {
  const { input, output } = oneToOne(layer);
  const count = reducedCount(layer);
  if (input.dtype === "float32") {
    const sums = reduceValues<number>(layer, values, (sum = 0, value) => Math.fround(sum + Number(value)));
    const results = kind === "mean" ? sums.map((sum) => sum / Math.fround(count)) : sums;
    return [Float32Array.from(results, (value) => (Number.isNaN(value) ? Number.NaN : value))];
  }
  if (input.dtype === "int64")
    return [
      BigInt64Array.from(reduceValues<bigint>(layer, values, (sum = 0n, value) => sum + BigInt(value))),
    ];
  const sums = reduceValues<number>(layer, values, (sum = 0, value) => (sum + Number(value)) | 0);
  if (!QUANTIZED.includes(input.dtype)) return [Int32Array.from(sums)];
  const factor = factorOf(kind, layer);
  const bias = zeroPointOf(input) * count;
  const { min, max } = integerRange(output.dtype);
  const rescaled = sums.map((sum) =>
    clamp(requantize((sum - bias) | 0, factor) + zeroPointOf(output), min, max),
  );
  return [input.dtype === "int8" ? Int8Array.from(rescaled) : Int16Array.from(rescaled)];
}

/** All but the spelling of MEAN or SUM. */
export function sumReduction(kind: Kind) {
  const types: readonly DType[] = [...QUANTIZED, "float32", ...FOLDED[kind]];
  return {
    check(layer) {
      checkReduction(layer, types);
      const { input, output } = oneToOne(layer);
      if (!QUANTIZED.includes(input.dtype)) return;
      for (const tensor of [input, output]) scaleOf(tensor);
      const most = MAX_COUNT[input.dtype] ?? 0;
      require(reducedCount(layer) <= most, () =>
        `expects a ${kind} of at most ${most} values, found ${reducedCount(layer)}. Take it in two operators.`);
    },
    shapes: reducedShapes,
    traits: reduceTraits((layer) => oneToOne(layer).input.dtype === "float32"),
    evaluate: (layer, inputs) => evaluate(kind, layer, inputs),
    variants: [
      reduceVariant("reduce_sum", QUANTIZED, (layer) => {
        const { input, output } = oneToOne(layer);
        const { multiplier, shift } = factorOf(kind, layer);
        return {
          head: [bytesArgument(layer)],
          tail: [
            { name: "bias", literal: -zeroPointOf(input) * reducedCount(layer) },
            { name: "multiplier", literal: multiplier },
            { name: "shift", literal: shift },
            { name: "zero_point", literal: zeroPointOf(output) },
          ],
        };
      }),
      reduceVariant("reduce_f32", ["float32"], () => ({
        head: [{ name: "operation", literal: CODES[kind] }],
      })),
    ],
    limits: `int8, int16, float32${kind === "sum" ? "; int32, int64 of constants" : ""}; constant axes, in at most three groups of neighbours`,
  } satisfies Partial<OperatorDescriptor<ReduceAttributes>>;
}
