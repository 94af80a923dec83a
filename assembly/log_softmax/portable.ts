/** Logarithm of softmax of int8 over runs of values, scalar (TFLite reference: log_softmax.h). */

import { exponential } from "../exponential";
import { clamp, high_multiply, requantize } from "../fixed_point";
import { log_above_one } from "../fixed_point_log";

/**
 * `rows` runs of `depth` int8 values, depth in [1, 4095]; output scale 1/16, zero point 127. Differences from a row's
 * largest value, up to `largest`, are scaled to Q5.26 by `multiplier` and `shift` (to the left), and back by the `reverse`
 * ones. `exponentials` with `computed`: the factors of exp_negative; otherwise int32[256], Q31 exp by difference.
 */
export function log_softmax_s8(
  input: usize,
  output: usize,
  rows: i32,
  depth: i32,
  exponentials: usize,
  computed: i32,
  multiplier: i32,
  shift: i32,
  largest: i32,
  reverse_multiplier: i32,
  reverse_shift: i32,
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
      let factor = computed ? multiplier : 0;
      let term = inline.always(exponential(difference, exponentials, factor, shift, largest));
      sum += (term + (1 << 11)) >>> 12;
      p += 1;
    } while (p < end);
    let logarithm = log_above_one(sum);
    // Beyond this one the difference from the logarithm would leave Q5.26.
    let least = requantize(logarithm + i32.MIN_VALUE, reverse_multiplier, reverse_shift);
    least = max(least, -largest - 1);
    do {
      let difference = <i32>load<i8>(input) - highest;
      let result = -128;
      if (difference > least) {
        let value = high_multiply(difference << shift, multiplier) - logarithm;
        result = clamp(((value + (1 << 21) + (value >> 31)) >> 22) + 127, -128, 127);
      }
      store<i8>(output, result);
      input += 1;
      output += 1;
    } while (input < end);
  } while (--rows);
}
