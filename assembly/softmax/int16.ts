/** int16 softmax over runs of values, scalar (TFLite reference: softmax.h, SoftmaxInt16). */

import { requantize } from "../fixed_point";
import { interpolate } from "../interpolation";

/**
 * `rows` runs of `depth` int16 values, depth in [1, 65535]; output scale 2^-15, zero point 0. Q31 `multiplier` and `shift`
 * in [-31, 15] scale differences from a row's largest value to multiples of 10 / 65535. `exponentials` and
 * `reciprocals`: int16[513], e^x from −10 to 0 and 1 / (1 + x) from 0 to 1 in Q15. May work in place.
 */
export function softmax_s16(
  input: usize,
  output: usize,
  rows: i32,
  depth: i32,
  multiplier: i32,
  shift: i32,
  exponentials: usize,
  reciprocals: usize,
): void {
  do {
    let end = input + (depth << 1);
    let highest = -32768;
    let p = input;
    do {
      highest = max(highest, <i32>load<i16>(p));
      p += 2;
    } while (p < end);
    // The output holds the exponentials first. Their sum is below 2^31, and not 0: the largest value's is 32767.
    let sum = 0;
    do {
      let scaled = requantize(<i32>load<i16>(input) - highest, multiplier, shift) + 32767;
      let term = interpolate(max(scaled, -32768), exponentials);
      store<i16>(output, term);
      sum += term;
      input += 2;
      output += 2;
    } while (input < end);
    // The sum is 2^exponent · (1 + x), with 16 bits of x centred around 0.
    let headroom = <i32>clz(sum);
    let exponent = 31 - headroom;
    let x = <i32>((((<u32>sum) << (headroom - 1)) + (1 << 13)) >> 14) - (3 << 15);
    let reciprocal = interpolate(min(x, 32767), reciprocals);
    p = output - (depth << 1);
    do {
      let share = (<i32>load<i16>(p) * reciprocal + (1 << (exponent - 1))) >> exponent;
      store<i16>(p, min(share, 32767));
      p += 2;
    } while (p < output);
  } while (--rows);
}
