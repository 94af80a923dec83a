/** Running sums along a dimension, scalar (TFLite reference: cumsum.h). */

import { clamp, requantize } from "../fixed_point";
import { store_f32 } from "../float32";

/**
 * `outer` × `inner` runs of `depth` values, `depth_step` bytes apart, negative where they run backwards: each output is
 * the sum of the values up to its own, or of those before it where `exclusive` is 1. `outer_step`: from the end of one
 * `inner` × value to the next outer one. float32 where `real` is 1. Otherwise int8: values without their zero point, shifted
 * left by 20 bits, are scaled by the first factor and added to `initial`; sums, which may wrap, are scaled by the second.
 */
export function cumsum(
  real: i32,
  exclusive: i32,
  input: usize,
  output: usize,
  outer: i32,
  outer_step: i32,
  inner: i32,
  depth: i32,
  depth_step: i32,
  input_zero_point: i32,
  initial: i32,
  multiplier_a: i32,
  shift_a: i32,
  multiplier: i32,
  shift: i32,
  zero_point: i32,
): void {
  let bytes = real ? 4 : 1;
  do {
    let n = inner;
    do {
      let sum = initial;
      let real_sum: f32 = 0;
      let p = input;
      let q = output;
      let left = depth;
      do {
        if (real) {
          let next = real_sum + load<f32>(p);
          store_f32(q, exclusive ? real_sum : next);
          real_sum = next;
        } else {
          let next = sum + requantize((<i32>load<i8>(p) - input_zero_point) << 20, multiplier_a, shift_a);
          let value = requantize(exclusive ? sum : next, multiplier, shift);
          store<i8>(q, clamp(value + zero_point, -128, 127));
          sum = next;
        }
        p += depth_step;
        q += depth_step;
      } while (--left);
      input += bytes;
      output += bytes;
    } while (--n);
    input += outer_step;
    output += outer_step;
  } while (--outer);
}
