/** int8 softmax over runs of values, scalar (TFLite reference: softmax.h; gemmlowp: fixedpoint.h). */

import { clamp, requantize_right } from "../fixed_point";
import { high_multiply, reciprocal } from "../reciprocal";

/**
 * `rows` runs of `depth` values, int8, depth in [1, 4095]; output scale 1/256, zero point −128.
 * `exponentials`: where `multiplier` is 0, int32[256]: Q31 exp of the difference from the row's largest value, 0
 * where it does not count. Otherwise the factors that `exp_negative` takes; differences up to `largest` count, and
 * are scaled to Q5.26 by `multiplier` and `shift` (to the left).
 */
export function softmax_s8(
  input: usize,
  output: usize,
  rows: i32,
  depth: i32,
  exponentials: usize,
  multiplier: i32,
  shift: i32,
  largest: i32,
): void {
  do {
    let end = input + depth;
    let highest = -128;
    let p = input;
    do {
      highest = max(highest, <i32>load<i8>(p));
      p += 1;
    } while (p < end);
    // Q12.19; below 2^31 because each of at most 4,095 terms is at most 2^19.
    let sum = 0;
    p = input;
    do {
      let difference = highest - <i32>load<i8>(p);
      let term = inline.always(exponential(difference, exponentials, multiplier, shift, largest));
      sum += (term + (1 << 11)) >>> 12;
      p += 1;
    } while (p < end);
    let headroom = <i32>clz(sum);
    let scale = reciprocal((sum << headroom) ^ i32.MIN_VALUE);
    let exponent = 35 - headroom;
    do {
      let difference = highest - <i32>load<i8>(input);
      let term = inline.always(exponential(difference, exponentials, multiplier, shift, largest));
      store<i8>(output, clamp(requantize_right(term, scale, exponent) - 128, -128, 127));
      input += 1;
      output += 1;
    } while (input < end);
  } while (--rows);
}

/** Q31 exp of −`difference`, from the table or computed. */
function exponential(difference: i32, table: usize, multiplier: i32, shift: i32, largest: i32): i32 {
  return multiplier
    ? difference > largest
      ? 0
      : exp_negative(high_multiply(-difference << shift, multiplier), table)
    : load<i32>(table + (difference << 2));
}

/**
 * Q31 exp of a Q5.26 value ≤ 0: a Taylor polynomial around −1/8 for the part within a quarter, then one of `factors`
 * (Q31 exp of −2^k, k from −2) for each bit above it (gemmlowp: exp_on_negative_values).
 */
function exp_negative(value: i32, factors: usize): i32 {
  if (!value) return i32.MAX_VALUE;
  let small = (value & 0xffffff) - 0x1000000;
  let bits = (small - value) >> 24;
  let x = (small << 5) + (1 << 28);
  let square = high_multiply(x, x);
  let quartic = (high_multiply(square, square) + 2) >> 2;
  // |x| ≤ 1/8, so the square outweighs the sum and no rounding here sees a negative number.
  let sum = high_multiply(quartic + high_multiply(square, x), 715827883) + square;
  let result = 1895147668 + high_multiply(1895147668, x + ((sum + 1) >> 1));
  while (bits) {
    if (bits & 1) result = high_multiply(result, load<i32>(factors));
    factors += 4;
    bits >>= 1;
  }
  return result;
}
