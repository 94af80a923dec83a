/** Elementwise operators of two int8 tensors with broadcasting: one loop nest for all of them. */

import { clamp, requantize } from "../fixed_point";

/** The values of `operation`; 0 is ADD. */
const SUB = 1;
const MUL = 2;
const PRELU = 3;

/**
 * For all i < `outer`, j < `middle`, k < `inner`: output[next] = a[i·a_outer + j·a_middle + k·a_inner] ∘ b[likewise];
 * strides in bytes, 0 where an operand repeats. Every operand has its zero point taken off first. ADD and SUB: both
 * are shifted left by 20 bits, scaled by their own factor, summed and scaled by the third (TFLite reference: add.h).
 * MUL: the product is scaled by the third factor. PRELU: a ≥ 0 is scaled by `multiplier_a`, a · b by the third factor.
 * Each factor is a Q31 multiplier and a shift in [-31, 30].
 */
export function binary_s8(
  operation: i32,
  a: usize,
  b: usize,
  output: usize,
  outer: i32,
  a_outer: i32,
  b_outer: i32,
  middle: i32,
  a_middle: i32,
  b_middle: i32,
  inner: i32,
  a_inner: i32,
  b_inner: i32,
  a_zero_point: i32,
  b_zero_point: i32,
  multiplier_a: i32,
  shift_a: i32,
  multiplier_b: i32,
  shift_b: i32,
  multiplier: i32,
  shift: i32,
  zero_point: i32,
  activation_min: i32,
  activation_max: i32,
): void {
  do {
    let a_row = a;
    let b_row = b;
    let rows = middle;
    do {
      let x = a_row;
      let y = b_row;
      let end = output + inner;
      do {
        let left = <i32>load<i8>(x) - a_zero_point;
        let right = <i32>load<i8>(y) - b_zero_point;
        let value: i32;
        if (operation == MUL) {
          value = requantize(left * right, multiplier, shift);
        } else if (operation == PRELU) {
          if (left >= 0) value = requantize(left, multiplier_a, shift_a);
          else value = requantize(left * right, multiplier, shift);
        } else {
          left = requantize(left << 20, multiplier_a, shift_a);
          right = requantize(right << 20, multiplier_b, shift_b);
          value = requantize(operation == SUB ? left - right : left + right, multiplier, shift);
        }
        store<i8>(output, clamp(value + zero_point, activation_min, activation_max));
        x += a_inner;
        y += b_inner;
        output += 1;
      } while (output < end);
      a_row += a_middle;
      b_row += b_middle;
      rows -= 1;
    } while (rows);
    a += a_outer;
    b += b_outer;
    outer -= 1;
  } while (outer);
}
