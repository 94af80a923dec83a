/**
 * How LiteRT scales the sums of fully connected layers: it multiplies an int32 sum with a factor in doubles and rounds the
 * product, halves away from zero (found to hold by running sums that tell it from other roundings apart). It is the
 * contract where TFLite Micro can't run the layer (int4 weights with a scale for each filter) or another operator of the
 * network. Kernels do the same in integers.
 */

import { type FixedFactor, frexp } from "../../graph/fixed_point.ts";
import type { Layer } from "../../graph/graph.ts";
import { scaleOf, zeroPointOf } from "./activation.ts";
import { biasOf, convolutionTensors, weightsOf } from "./convolution.ts";

/** Whole numbers from `low` to `high`. */
export interface Range {
  readonly low: number;
  readonly high: number;
}

/** `sum` · `factor` as LiteRT rounds it. */
export function roundedProduct(sum: number, factor: number): number {
  const product = sum * factor;
  const whole = Math.trunc(product);
  return Math.abs(product - whole) >= 0.5 ? whole + Math.sign(product) : whole;
}

/** The smallest of the `sums` whose rounded product is at least `result`; the number behind them where there is none. */
function thresholdOf(result: number, factor: number, { low, high }: Range): number {
  let sum = Math.min(Math.max(Math.ceil((result - 0.5) / factor), low), high + 1);
  while (sum > low && roundedProduct(sum - 1, factor) >= result) sum -= 1;
  while (sum <= high && roundedProduct(sum, factor) < result) sum += 1;
  return sum;
}

/** ⌊a / b⌋ for b > 0. */
function floorDivide(a: bigint, b: bigint): bigint {
  const quotient = a / b;
  return a % b < 0n ? quotient - 1n : quotient;
}

/**
 * A multiplier m in [0, 2^31) and a right shift e in [1, 62] such that (sum · m + 2^(e − 1)) >> e equals `roundedProduct` for
 * each of the `sums`, as far as results outside `results` are cut off to its ends; `undefined` where there is none. It comes
 * as the `FixedFactor` that is applied in one rounding: its `shift` is 31 − e.
 *
 * Both are steps up at 255 places at most, so it is enough that each step is between the same two sums: with a step to n
 * between sums a − 1 and a, a · m ≥ (n − ½) · 2^e > (a − 1) · m. Only steps that lie closer than the multiplier is exact need
 * more than doubles.
 */
export function stepFactor(factor: number, sums: Range, results: Range): FixedFactor | undefined {
  const exponent = Math.min(62, 31 - frexp(factor * (1 + 2 ** -32)).exponent);
  if (exponent < 1) return undefined;
  const scale = 2 ** exponent;
  const nearest = Math.round(factor * scale);
  let least = BigInt(Math.max(0, nearest - 2));
  let most = BigInt(nearest) + 2n;
  for (let result = results.low + 1; result <= results.high; result++) {
    const step = thresholdOf(result, factor, sums);
    const middle = (2n * BigInt(result) - 1n) << BigInt(exponent - 1);
    for (const [sum, side] of [
      [step, 1],
      [step - 1, -1],
    ] as const) {
      if (sum > sums.high || sum < sums.low || sum === 0) continue;
      const slack = Math.abs(sum * factor - (result - 0.5));
      if (slack * scale > Math.abs(sum) * 4 + scale * 2 ** -40) continue;
      // sum · m ≥ middle above the step, sum · m ≤ middle − 1 below it.
      const size = BigInt(Math.abs(sum));
      const bound = side > 0 ? middle : 1n - middle;
      const needed = -floorDivide(-bound, size);
      if (sum > 0 === side > 0) least = needed > least ? needed : least;
      else most = -needed < most ? -needed : most;
    }
  }
  const chosen = least > BigInt(nearest) ? least : most < BigInt(nearest) ? most : BigInt(nearest);
  if (least > most || chosen >= 2n ** 31n) return undefined;
  return { multiplier: Number(chosen), shift: 31 - exponent };
}

/** Whether a fully connected layer's sums are multiplied so. */
export function hasRoundedProducts(layer: Layer<{ readonly rounding?: "once" | "product" }>): boolean {
  const { input, filter } = convolutionTensors(layer);
  const int4PerFilter = filter.dtype === "int4" && (filter.quantization?.scales.length ?? 0) > 1;
  return input.dtype === "int8" && (int4PerFilter || layer.attributes.rounding === "product");
}

/** For each filter what its sums are multiplied with, a double. */
export function productFactors(layer: Layer<unknown>): number[] {
  const { input, filter, output } = convolutionTensors(layer);
  const scales = filter.quantization?.scales ?? [];
  return Array.from(
    { length: filter.shape[0] ?? 1 },
    (_, index) => (scaleOf(input) * (scales[index] ?? scaleOf(filter))) / scaleOf(output),
  );
}

/** For each filter the sums that it can have; the same for all where the filter is computed. */
function sumRanges(layer: Layer<unknown>): Range[] {
  const { input, filter } = convolutionTensors(layer);
  const [filters = 1, depth = 1] = filter.shape;
  if (!filter.data) {
    const largest = biasOf(layer.inputs[2], filters).reduce(
      (most, bias) => Math.max(most, Math.abs(bias)),
      0,
    );
    const most = largest + 255 * 255 * depth;
    return Array.from({ length: filters }, () => ({ low: -most, high: most }));
  }
  const weights = weightsOf(filter);
  const [least, most] = [-128 - zeroPointOf(input), 127 - zeroPointOf(input)];
  return biasOf(layer.inputs[2], filters).map((bias, index) => {
    let [low, high] = [bias, bias];
    for (const weight of weights.subarray(index * depth, (index + 1) * depth)) {
      low += weight * (weight > 0 ? least : most);
      high += weight * (weight > 0 ? most : least);
    }
    return { low, high };
  });
}

/** For each filter its `stepFactor`, where results from `min` to `max`, the output's zero point included, matter. */
export function stepFactors(
  layer: Layer<unknown>,
  { min, max }: { readonly min: number; readonly max: number },
): (FixedFactor | undefined)[] {
  const factors = productFactors(layer);
  const zeroPoint = zeroPointOf(convolutionTensors(layer).output);
  const results = { low: min - zeroPoint, high: max - zeroPoint };
  return sumRanges(layer).map((sums, index) => {
    const factor = factors[index] ?? 0;
    const largest = Math.max(Math.abs(sums.low), Math.abs(sums.high));
    // Beyond int32 LiteRT's results are no longer those of the product.
    if (largest >= 2 ** 31 || largest * factor >= 2 ** 31 - 256) return undefined;
    return stepFactor(factor, sums, results);
  });
}
