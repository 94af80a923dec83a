/** int16 1 / √x (TFLite Micro: elementwise.cc, RsqrtEvalQuantized). */

import { clamp, requantize } from "../fixed_point";
import { inverse_square_root } from "../inverse_square_root";

/**
 * `count` ≥ 1 int16 elements, zero points 0: 2^20 / √x, scaled by Q31 `multiplier` and `shift`, which takes the 2^20 back;
 * 32767 for x ≤ 0. May work in place.
 */
export function rsqrt_s16(input: usize, output: usize, count: i32, multiplier: i32, shift: i32): void {
  let end = input + (count << 1);
  do {
    let value = <i32>load<i16>(input);
    let result = i32.MAX_VALUE;
    if (value > 0) {
      let root = inverse_square_root(value);
      result = requantize(requantize(1, <i32>root, <i32>(root >> 32) + 20), multiplier, shift);
    }
    store<i16>(output, clamp(result, -32768, 32767));
    input += 2;
    output += 2;
  } while (input < end);
}
