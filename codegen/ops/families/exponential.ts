/** Fixed-point exponentials and reciprocals of softmax (gemmlowp: fixedpoint.h; TFLite: quantization_util.cc). */

import { type FixedFactor, fixedFactor, highMultiply, roundingDivideByPot } from "../../graph/fixed_point.ts";

/** exp(−2^k) in Q31 for k from −2 to 4. */
export const EXP_OF_POWERS: readonly number[] = [
  1672461947, 1302514674, 790015084, 290630308, 39332535, 720401, 242,
];
const EXP_MINUS_EIGHTH = 1895147668;
const THIRD = 715827883;
const ONE = 2 ** 31 - 1;

/** exp of a Q31 value in [−1/4, 0), in Q31: a Taylor polynomial of degree 4 around −1/8. */
function expSmall(value: number): number {
  const x = value + 2 ** 28;
  const x2 = highMultiply(x, x);
  const x3 = highMultiply(x2, x);
  const x4 = highMultiply(x2, x2);
  const cubic = highMultiply(roundingDivideByPot(x4, 2) + x3, THIRD);
  const terms = roundingDivideByPot(cubic + x2, 1);
  return EXP_MINUS_EIGHTH + highMultiply(EXP_MINUS_EIGHTH, x + terms);
}

/** exp of a Q5.26 value ≤ 0, in Q31. */
export function expNegative(value: number): number {
  if (value === 0) return ONE;
  const quarter = 2 ** 24;
  const small = (value & (quarter - 1)) - quarter;
  const remainder = small - value;
  return EXP_OF_POWERS.reduce(
    (result, factor, k) => ((remainder >> (24 + k)) & 1 ? highMultiply(result, factor) : result),
    expSmall(small * 32),
  );
}

/** 1 / (1 + x) of a Q31 value in [0, 1), in Q31: three Newton-Raphson steps. */
export function reciprocalOfOnePlus(x: number): number {
  const half = Math.floor((x + 2 ** 31) / 2);
  let estimate = 1515870810 + highMultiply(half, -1010580540);
  for (let step = 0; step < 3; step++)
    estimate += 4 * highMultiply(estimate, 2 ** 29 - highMultiply(half, estimate));
  return Math.min(estimate * 2, ONE);
}

/** How softmax scales a difference from the largest value of a row: to Q5.26, and up to which one it counts. */
export interface DifferenceScale extends FixedFactor {
  readonly largest: number;
}

/** `factor`: beta times the input's scale, above 2^-26. */
export function differenceScale(factor: number): DifferenceScale {
  const { multiplier, shift } = fixedFactor(Math.min(factor * 2 ** 26, 2 ** 31 - 1));
  return { multiplier, shift, largest: Math.floor((31 * 2 ** 26) / 2 ** shift) };
}

/** Softmax's exponentials by difference from the largest value of a row: Q31, for differences 0 to 255. */
export function softmaxExponentials({ multiplier, shift, largest }: DifferenceScale): Int32Array {
  return Int32Array.from({ length: 256 }, (_, difference) =>
    difference > largest ? 0 : expNegative(highMultiply(-difference * 2 ** shift, multiplier)),
  );
}
