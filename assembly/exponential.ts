/** exp in fixed point, for softmax and its logarithm (gemmlowp: fixedpoint.h). */

import { high_multiply } from "./fixed_point";

/** Q31 exp of −`difference`, from the table or computed. */
export function exponential(difference: i32, table: usize, multiplier: i32, shift: i32, largest: i32): i32 {
  return multiplier
    ? difference > largest
      ? 0
      : exp_negative(high_multiply(-difference << shift, multiplier), table)
    : load<i32>(table + (difference << 2));
}

/** Quarters up to 2^5 = 32 take 7 bits. */
const FACTORS = 7;

/**
 * Q31 exp of a Q5.26 value ≤ 0: a Taylor polynomial around −1/8 for the part within a quarter, then one of `factors`
 * (Q31 exp of −2^k, k from −2) for each bit above it (gemmlowp: exp_on_negative_values).
 */
function exp_negative(value: i32, factors: usize): i32 {
  let small = (value & 0xffffff) - 0x1000000;
  let bits = (small - value) >> 24;
  let x = (small << 5) + (1 << 28);
  let square = high_multiply(x, x);
  let quartic = (high_multiply(square, square) + 2) >> 2;
  // |x| ≤ 1/8, so the square outweighs the sum and no rounding here sees a negative number.
  let sum = high_multiply(quartic + high_multiply(square, x), 715827883) + square;
  let result = 1895147668 + high_multiply(1895147668, x + ((sum + 1) >> 1));
  // All bits, though the higher ones are 0: what is loaded decides about no loop's end, so that runs have a bound.
  for (let end = factors + (FACTORS << 2); factors < end; factors += 4) {
    if (bits & 1) result = high_multiply(result, load<i32>(factors));
    bits >>= 1;
  }
  return value ? result : i32.MAX_VALUE;
}
