/** int8 softmax over runs of values, scalar (TFLite reference: softmax.h; gemmlowp: fixedpoint.h). */

import { clamp, requantize_right } from "../fixed_point";

/**
 * `rows` runs of `depth` values, int8, depth in [1, 4095]; output scale 1/256, zero point −128.
 * `exponentials`: int32[256], Q31 exp of the difference from the row's largest value, 0 where it does not count.
 */
export function softmax_s8(input: usize, output: usize, rows: i32, depth: i32, exponentials: usize): void {
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
      sum += (load<i32>(exponentials + ((highest - <i32>load<i8>(p)) << 2)) + (1 << 11)) >>> 12;
      p += 1;
    } while (p < end);
    let headroom = <i32>clz(sum);
    let scale = reciprocal((sum << headroom) ^ i32.MIN_VALUE);
    let exponent = 35 - headroom;
    do {
      let exponential = load<i32>(exponentials + ((highest - <i32>load<i8>(input)) << 2));
      store<i8>(output, clamp(requantize_right(exponential, scale, exponent) - 128, -128, 127));
      input += 1;
      output += 1;
    } while (input < end);
  } while (--rows);
}

/**
 * 1 / (1 + x) in Q31 for x in Q31, [0, 1): three Newton-Raphson steps from 48/17 − 32/17 · (1 + x)/2 (gemmlowp:
 * one_over_one_plus_x_for_x_in_0_1). Estimates are Q29; no step but the last shift can leave its range.
 */
function reciprocal(x: i32): i32 {
  let half = (x >> 1) + (1 << 30);
  let estimate = 1515870810 + high_multiply(half, -1010580540);
  let step = 3;
  do {
    estimate += high_multiply(estimate, (1 << 29) - high_multiply(half, estimate)) << 2;
  } while (--step);
  return estimate < 1 << 30 ? estimate << 1 : i32.MAX_VALUE;
}

/** (a · b + 2^30) >> 31. */
function high_multiply(a: i32, b: i32): i32 {
  return <i32>((<i64>a * <i64>b + (1 << 30)) >> 31);
}
