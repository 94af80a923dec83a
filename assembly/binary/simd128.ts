/** Sums, differences and products of two quantized tensors with SIMD128: eight elements at a time. */

import { pack_int16, pack_pixels } from "../fixed_point_simd128";
import { requantize_splat } from "../fixed_point_splat_simd128";
import { load_short, store_short } from "../short_vectors_simd128";

/** The values of `operation`, as in `arithmetic` of elements.ts. */
const SUB = 1;
const MUL = 2;
const SQUARED_DIFFERENCE = 4;

/**
 * As binary_quantized, of ADD, SUB, MUL and SQUARED_DIFFERENCE, where all fits the lanes: factors of operands are below
 * 1/2, or 1/2 exactly, and the result's rounding has room to double the sum or product (`requantize_splat`). Steps of
 * the inner level are `bytes` or 0. Reads and writes no byte beyond the tensors.
 */
export function binary_quantized_simd128(
  operation: i32,
  bytes: i32,
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
        let left = inner;
        while (left > 0) {
          let count = 8;
          if (inner & 7 && left < 8) count = inner & 7;
          let values = inline.always(
            combine(
              operation,
              inline.always(load_elements(x, bytes, a_inner, count, a_zero_point)),
              inline.always(load_elements(y, bytes, b_inner, count, b_zero_point)),
              left_shift,
              multiplier_a,
              shift_a,
              multiplier_b,
              shift_b,
              multiplier,
              shift,
              zero_point,
              low,
              high,
              bytes,
            ),
          );
          if (count < 8) {
            inline.always(store_short(output, values, count * bytes));
          } else if (bytes == 1) {
            v128.store_lane<i64>(output, values, 0);
          } else {
            v128.store(output, values);
          }
          x += a_inner << 3;
          y += b_inner << 3;
          output += count * bytes;
          left -= 8;
        }
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

/** Up to eight elements in lanes of 16 bits, without the zero point; the same one in all where `step` is 0. */
function load_elements(at: usize, bytes: i32, step: i32, count: i32, zero_point: i32): v128 {
  let values: v128;
  if (bytes == 1) {
    if (!step) values = i16x8.splat(load<i8>(at));
    else if (count < 8) values = i16x8.extend_low_i8x16_s(inline.always(load_short(at, count)));
    else values = v128.load_ext<i8>(at);
    return i16x8.sub(values, i16x8.splat(<i16>zero_point));
  }
  if (!step) return v128.load_splat<i16>(at);
  return count < 8 ? inline.always(load_short(at, count * 2)) : v128.load(at);
}

/** Eight results as int8 or int16 from operands without their zero points. */
function combine(
  operation: i32,
  left: v128,
  right: v128,
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
  bytes: i32,
): v128 {
  let first: v128;
  let second: v128;
  if (operation == MUL) {
    first = i32x4.extmul_low_i16x8_s(left, right);
    second = i32x4.extmul_high_i16x8_s(left, right);
  } else {
    let x = inline.always(scale(i32x4.extend_low_i16x8_s(left), left_shift, multiplier_a, shift_a));
    let y = inline.always(scale(i32x4.extend_low_i16x8_s(right), left_shift, multiplier_b, shift_b));
    first = operation ? i32x4.sub(x, y) : i32x4.add(x, y);
    x = inline.always(scale(i32x4.extend_high_i16x8_s(left), left_shift, multiplier_a, shift_a));
    y = inline.always(scale(i32x4.extend_high_i16x8_s(right), left_shift, multiplier_b, shift_b));
    second = operation ? i32x4.sub(x, y) : i32x4.add(x, y);
    if (operation == SQUARED_DIFFERENCE) {
      first = i32x4.mul(first, first);
      second = i32x4.mul(second, second);
    }
  }
  first = inline.always(requantize_splat(i32x4.shl(first, 1), multiplier, -shift));
  second = inline.always(requantize_splat(i32x4.shl(second, 1), multiplier, -shift));
  if (bytes == 2) return inline.always(pack_int16(first, second, low, high));
  return inline.always(pack_pixels(first, second, first, second, zero_point, low, high));
}

/** Operands shifted left and scaled by a factor below 1/2, or exactly that: then they lose no bit. */
function scale(values: v128, left_shift: i32, multiplier: i32, shift: i32): v128 {
  if (multiplier == 1 << 30 && !shift) return i32x4.shl(values, left_shift - 1);
  return inline.always(requantize_splat(i32x4.shl(values, left_shift + 1), multiplier, -shift));
}
