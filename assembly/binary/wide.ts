/**
 * Sums, differences and products of int8 tensors for interpreters: zero points, shifts to the left, roundings and the clamp
 * become part of one multiplication, addition and shift of 64 bits for each scaling.
 */

import { lane_addend, store_lane } from "../lanes";

/** As in elements.ts. */
const MUL = 2;
const SQUARED_DIFFERENCE = 4;

/**
 * As `binary_quantized` (portable.ts) of int8 for ADD, SUB, MUL and SQUARED_DIFFERENCE; loops as in nest.ts. Operands are
 * scaled by `multiplier_a` and `multiplier_b`, Q31, and to the right by `exponent_a` and `exponent_b` in [0, 31], the
 * result by `multiplier` and `shift` − 31 in [1, 23]. `two_sided`: whether outputs lie below the zero point.
 */
export function binary_quantized_wide(
  operation: i32,
  a: usize,
  b: usize,
  output: usize,
  batch: i32,
  a_batch: i32,
  b_batch: i32,
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
  left_shift: i32,
  multiplier_a: i32,
  exponent_a: i32,
  multiplier_b: i32,
  exponent_b: i32,
  multiplier: i32,
  shift: i32,
  two_sided: i32,
  zero_point: i32,
  low: i32,
  high: i32,
): void {
  // What is shifted left can as well be shifted less to the right.
  let right = <i64>(31 - left_shift);
  let half = (<i64>1) << (right - 1);
  let addend_a = half - <i64>multiplier_a * a_zero_point;
  let addend_b = half - <i64>multiplier_b * b_zero_point;
  let rounding = ((<i64>1) << (shift - 1)) + ((<i64>(zero_point - low)) << shift);
  let addend = lane_addend(0, multiplier, 0, 0, two_sided, rounding);
  let batches = batch;
  do {
    let a_slice = a;
    let b_slice = b;
    let slices = outer;
    do {
      let a_row = a_slice;
      let b_row = b_slice;
      let rows = middle;
      do {
        let x = a_row;
        let y = b_row;
        let end = output + inner;
        do {
          let value: i64;
          if (operation == MUL) {
            value = (<i64>load<i8>(x) - a_zero_point) * (<i64>load<i8>(y) - b_zero_point);
          } else {
            value = inline.always(scaled(x, multiplier_a, addend_a, right, exponent_a));
            let other = inline.always(scaled(y, multiplier_b, addend_b, right, exponent_b));
            if (operation) value -= other;
            else value += other;
            if (operation == SQUARED_DIFFERENCE) value *= value;
          }
          inline.always(
            store_lane(output, value, multiplier, addend, two_sided, 0, rounding, shift, low, high),
          );
          x += a_inner;
          y += b_inner;
          output += 1;
        } while (output < end);
        a_row += a_middle;
        b_row += b_middle;
        rows -= 1;
      } while (rows);
      a_slice += a_outer;
      b_slice += b_outer;
      slices -= 1;
    } while (slices);
    a += a_batch;
    b += b_batch;
    // One batch, where that is a literal, is seen at once to be no loop.
  } while (batch > 1 && --batches);
}

/** An operand without its zero point, shifted left and scaled, rounded twice. */
function scaled(at: usize, multiplier: i64, addend: i64, right: i64, exponent: i32): i64 {
  let value = (<i64>load<i8>(at) * multiplier + addend) >> right;
  if (exponent) value = (value + ((<i64>1) << (exponent - 1)) + (value >> 63)) >> exponent;
  return value;
}
