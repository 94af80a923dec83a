/**
 * REDUCE_PROD: the product over some dimensions. Quantized, each step is scaled by the n-th part of the whole factor, so
 * that it stays small (TFLite reference: reduce.h, QuantizedReduceProd; reduce.cc, GetQuantProdScaling).
 */

import { require } from "../error.ts";
import { clamp, fixedFactor, requantizeWide, type WideFactor, wideFactor } from "../graph/fixed_point.ts";
import { type DType, integerRange } from "../graph/tensor.ts";
import { defineOperator } from "./descriptor.ts";
import { scaleOf, zeroPointOf } from "./families/activation.ts";
import { ONNX_REDUCE_PROD } from "./families/onnx_reduce.ts";
import { oneToOne } from "./families/parameters.ts";
import {
  bytesArgument,
  checkReduction,
  type ReduceAttributes,
  type Reduction,
  reducedCount,
  reducedShapes,
  reduceSpelling,
  reduceTraits,
  reduceValues,
  reduceVariant,
} from "./families/reduce.ts";

const QUANTIZED: readonly DType[] = ["int8", "int16"];
/** The number of the operation for float32 in assembly/reduce/nest.ts. */
const CODE = 2;
/** The largest left shift of a factor on int64 (TFLite: MultiplyByQuantizedMultiplier). */
const MAX_SHIFT = 7;

/** The factor of each step: its n-th power, for n values, is the whole one. */
function stepFactor(layer: Reduction) {
  const { input, output } = oneToOne(layer);
  return fixedFactor(scaleOf(input) / scaleOf(output) ** (1 / reducedCount(layer)));
}

const factorOf = (layer: Reduction): WideFactor => wideFactor(stepFactor(layer));

export const reduceProd = defineOperator<ReduceAttributes>({
  kind: "reduce_prod",
  tflite: [reduceSpelling(81, "REDUCE_PROD")],
  onnx: [ONNX_REDUCE_PROD],
  check(layer) {
    checkReduction(layer, [...QUANTIZED, "float32", "int32", "int64"]);
    const { input, output } = oneToOne(layer);
    if (!QUANTIZED.includes(input.dtype)) return;
    for (const tensor of [input, output]) scaleOf(tensor);
    require(stepFactor(layer).shift <= MAX_SHIFT, () =>
      `expects an input scale below ${2 ** MAX_SHIFT} times the root of the output's, found ${scaleOf(input)} and ${scaleOf(output)}. Re-export the model.`);
  },
  shapes: reducedShapes,
  // Rounding makes the order count.
  traits: reduceTraits(() => true),
  evaluate(layer, [values]) {
    const { input, output } = oneToOne(layer);
    if (input.dtype === "float32")
      return [
        Float32Array.from(
          reduceValues<number>(layer, values, (product = 1, value) => Math.fround(product * Number(value))),
        ),
      ];
    if (!QUANTIZED.includes(input.dtype)) {
      const products = reduceValues<bigint>(layer, values, (product = 1n, value) =>
        BigInt.asIntN(64, product * BigInt(value)),
      );
      if (input.dtype === "int64") return [BigInt64Array.from(products)];
      return [Int32Array.from(products, (product) => Number(BigInt.asIntN(32, product)))];
    }
    const factor = factorOf(layer);
    const products = reduceValues<number>(layer, values, (product, value) => {
      const real = Number(value) - zeroPointOf(input);
      return product === undefined ? real : requantizeWide(BigInt(product) * BigInt(real), factor);
    });
    const { min, max } = integerRange(output.dtype);
    const rescaled = products.map((product) =>
      clamp(requantizeWide(BigInt(product), factor) + zeroPointOf(output), min, max),
    );
    return [input.dtype === "int8" ? Int8Array.from(rescaled) : Int16Array.from(rescaled)];
  },
  variants: [
    reduceVariant("reduce_product", QUANTIZED, (layer) => {
      const { input, output } = oneToOne(layer);
      const { multiplier, exponent } = factorOf(layer);
      return {
        head: [bytesArgument(layer)],
        tail: [
          { name: "bias", literal: -zeroPointOf(input) },
          { name: "multiplier", literal: multiplier },
          { name: "exponent", literal: exponent },
          { name: "zero_point", literal: zeroPointOf(output) },
        ],
      };
    }),
    reduceVariant("reduce_f32", ["float32"], () => ({ head: [{ name: "operation", literal: CODE }] })),
  ],
  limits:
    "int8, int16, float32; int32, int64 of constants; constant axes, in at most three groups of neighbours",
});
