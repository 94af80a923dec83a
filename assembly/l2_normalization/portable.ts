/** int8 runs of values divided by their norm, scalar (TFLite reference: integer_ops/l2normalization.h). */

import { clamp, requantize } from "../fixed_point";
import { inverse_square_root } from "../inverse_square_root";

/** `rows` runs of `depth` int8 values, depth in [1, 33025]; output scale 1/128, zero point 0. May work in place. */
export function l2_normalization_s8(
  input: usize,
  output: usize,
  rows: i32,
  depth: i32,
  zero_point: i32,
): void {
  do {
    let end = input + depth;
    // At most 33,025 squares of at most 255, so below 2^31.
    let sum = 0;
    let p = input;
    do {
      let value = <i32>load<i8>(p) - zero_point;
      sum += value * value;
      p += 1;
    } while (p < end);
    let root = inverse_square_root(sum);
    do {
      let value = requantize(<i32>load<i8>(input) - zero_point, <i32>root, <i32>(root >> 32) + 7);
      store<i8>(output, clamp(value, -128, 127));
      input += 1;
      output += 1;
    } while (input < end);
  } while (--rows);
}
