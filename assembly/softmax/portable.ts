/** Softmax of int8 over runs of values, scalar (TFLite reference: softmax.h). */

import { exponential } from "../exponential";
import { clamp, requantize_right } from "../fixed_point";
import { reciprocal } from "../reciprocal";

/**
 * `rows` runs of `depth` int8 values, depth in [1, 4095], to int8 of scale 1/256 and zero point −128, or with `wide` to
 * int16 of scale 1/65536 and zero point −32768. A `factor` other than 0 is 2^16 / scale of an int8 output of another scale,
 * with this `zero_point`.
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
  wide: i32,
  factor: i32,
  zero_point: i32,
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
    let exponent = (wide ? 27 : factor ? 19 : 35) - headroom;
    do {
      let difference = highest - <i32>load<i8>(input);
      let term = inline.always(exponential(difference, exponentials, multiplier, shift, largest));
      let share = requantize_right(term, scale, exponent);
      // Q24 times Q16.
      if (factor) share = <i32>((<i64>share * factor + ((<i64>1) << 39)) >> 40);
      if (wide) store<i16>(output, min(share - 32768, 32767));
      else store<i8>(output, clamp(share + zero_point, -128, 127));
      input += 1;
      output += wide ? 2 : 1;
    } while (input < end);
  } while (--rows);
}
