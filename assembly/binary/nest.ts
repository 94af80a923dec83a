/** The loops that all binary operators share: over two tensors whose shapes broadcast. */

import { clamp, requantize } from "../fixed_point";
import { arithmetic, load_integer, plain, quotient, real, store_integer } from "./elements";

/** The values of `family`: which function of elements.ts, and what is done to elements before and after. */
export const ARITHMETIC = 0;
export const QUOTIENT = 1;
export const PLAIN = 2;
export const SCALED = 3;
export const REAL = 4;

/**
 * For all i < `batch`, j < `outer`, k < `middle`, l < `inner`: output[next] = a[i·a_batch + j·a_outer + k·a_middle +
 * l·a_inner] ∘ b[likewise]; steps in bytes, 0 where an operand repeats. Elements of an operand take `bytes`, of the
 * output `output_bytes`. Operands of quantized families have their zero points taken off first; `SCALED` ones are also
 * shifted left and scaled. `ARITHMETIC` and `QUOTIENT` get `zero_point` added and are kept within [low, high]; for `REAL`
 * these are the bits of float32. To be inlined with a literal `family`.
 */
export function nest(
  family: i32,
  operation: i32,
  bytes: i32,
  output_bytes: i32,
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
  shift_a: i32,
  multiplier_b: i32,
  shift_b: i32,
  multiplier: i32,
  shift: i32,
  zero_point: i32,
  low: i32,
  high: i32,
): void {
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
        let end = output + inner * output_bytes;
        do {
          if (family == REAL) {
            inline.always(real(operation, x, y, output, reinterpret<f32>(low), reinterpret<f32>(high)));
          } else {
            let left = inline.always(load_integer(x, bytes)) - a_zero_point;
            let right = inline.always(load_integer(y, bytes)) - b_zero_point;
            let value: i32;
            if (family == ARITHMETIC) {
              value = inline.always(
                arithmetic(
                  operation,
                  left,
                  right,
                  left_shift,
                  multiplier_a,
                  shift_a,
                  multiplier_b,
                  shift_b,
                  multiplier,
                  shift,
                ),
              );
            } else if (family == QUOTIENT) {
              value = inline.always(quotient(left, right, multiplier, shift));
            } else {
              if (family == SCALED) {
                left = requantize(left << left_shift, multiplier_a, shift_a);
                right = requantize(right << left_shift, multiplier_b, shift_b);
              }
              value = inline.always(plain(operation, left, right));
            }
            if (family <= QUOTIENT) value = clamp(value + zero_point, low, high);
            inline.always(store_integer(output, output_bytes, value));
          }
          x += a_inner;
          y += b_inner;
          output += output_bytes;
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
