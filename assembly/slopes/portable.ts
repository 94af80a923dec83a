/** int16 functions with one slope above 0 and another below it. */

import { clamp, requantize } from "../fixed_point";

/**
 * `count` ≥ 1 int16 elements, zero points 0: each times its slope, a Q31 multiplier of either sign and a shift in
 * [-31, 30], within [low, high]; the low 16 bits are stored. May work in place. (TFLite reference: leaky_relu.h.)
 */
export function slopes_s16(
  input: usize,
  output: usize,
  count: i32,
  multiplier_above: i32,
  shift_above: i32,
  multiplier_below: i32,
  shift_below: i32,
  low: i32,
  high: i32,
): void {
  let end = input + (count << 1);
  do {
    let value = <i32>load<i16>(input);
    let multiplier = value < 0 ? multiplier_below : multiplier_above;
    let shift = value < 0 ? shift_below : shift_above;
    store<i16>(output, clamp(requantize(value, multiplier, shift), low, high));
    input += 2;
    output += 2;
  } while (input < end);
}
