/** 1 / √x of integers in fixed point (TFLite reference: common.h, GetInvSqrtQuantizedMultiplierExp). */

import { high_multiply, shift_left_saturating } from "./fixed_point";

/**
 * The factor 1 / √value for `value` ≥ 0, as a Q31 multiplier in the lower 32 bits and a shift in [-15, 0] in the upper
 * ones; 1 where it is 0.
 */
export function inverse_square_root(value: i32): i64 {
  if (value <= 1) return i32.MAX_VALUE;
  // value = mantissa · 4^k with a mantissa in [2^27, 2^29): an even number of leading zeros becomes 4 or 3.
  let bits = (<i32>clz(value) - 3) & ~1;
  let mantissa = bits < 0 ? value >> 2 : value << bits;
  // Newton and Raphson from 1, Q3.28: x ← 3/2 x − mantissa/2 x³.
  let half = ((mantissa >> 1) + 1) >> 1;
  let x = 1 << 28;
  let step = 5;
  do {
    let cube = shift_left_saturating(high_multiply(high_multiply(x, x), x), 6);
    x = shift_left_saturating(high_multiply((1 << 28) + (1 << 27), x) - high_multiply(half, cube), 3);
  } while (--step);
  let shift = (bits >> 1) - 11;
  let multiplier = high_multiply(x, 1518500250);
  if (shift > 0) {
    multiplier <<= shift;
    shift = 0;
  }
  return ((<i64>shift) << 32) | <i64>multiplier;
}
