/** What each binary operator makes of two elements. */

import { high_multiply, requantize, requantize_right } from "../fixed_point";
import { store_f32 } from "../float32";
import { reciprocal } from "../reciprocal";

/** Loads a signed integer of 1, 2 or 4 bytes. */
export function load_integer(at: usize, bytes: i32): i32 {
  return bytes == 1 ? <i32>load<i8>(at) : bytes == 2 ? <i32>load<i16>(at) : load<i32>(at);
}

/** Stores the low 1, 2 or 4 bytes of an integer. */
export function store_integer(at: usize, bytes: i32, value: i32): void {
  if (bytes == 1) store<i8>(at, value);
  else if (bytes == 2) store<i16>(at, value);
  else store<i32>(at, value);
}

/** The values of `operation` in `arithmetic`; 0 is ADD. */
const SUB = 1;
const MUL = 2;
const PRELU = 3;
const SQUARED_DIFFERENCE = 4;

/**
 * Of quantized values without their zero points, before the result's. ADD and SUB: both are shifted left, scaled by
 * their own factor, summed and scaled by the third (TFLite reference: add.h). SQUARED_DIFFERENCE: likewise, with the
 * square of the difference (TFLite Micro: squared_difference.cc). MUL: the product is scaled by the third factor. PRELU:
 * left ≥ 0 is scaled by `multiplier_a`, left · right by the third factor.
 */
export function arithmetic(
  operation: i32,
  left: i32,
  right: i32,
  left_shift: i32,
  multiplier_a: i32,
  shift_a: i32,
  multiplier_b: i32,
  shift_b: i32,
  multiplier: i32,
  shift: i32,
): i32 {
  if (operation == MUL) return requantize(left * right, multiplier, shift);
  if (operation == PRELU) {
    return left >= 0 ? requantize(left, multiplier_a, shift_a) : requantize(left * right, multiplier, shift);
  }
  left = requantize(left << left_shift, multiplier_a, shift_a);
  right = requantize(right << left_shift, multiplier_b, shift_b);
  let value = operation ? left - right : left + right;
  if (operation == SQUARED_DIFFERENCE) value *= value;
  return requantize(value, multiplier, shift);
}

/**
 * left / right, both within ±255, times the factor with `shift` in [-31, 22]; 0 where `right` is 0. The divisor's
 * reciprocal in [1/2, 1) multiplies the dividend, shifted left as far as it goes; all shifts are then undone at once
 * (TFLite reference: div.h).
 */
export function quotient(left: i32, right: i32, multiplier: i32, shift: i32): i32 {
  if (!left || !right) return 0;
  if (right < 0) {
    left = -left;
    right = -right;
  }
  let leading = <i32>clz(right);
  let headroom = <i32>clz(left < 0 ? ~left : left) - 1;
  let value = high_multiply(left << headroom, reciprocal((right << leading) ^ i32.MIN_VALUE));
  return requantize_right(value, multiplier, headroom + 31 - leading - shift);
}

/** The values of `operation` in `plain` and `real`; 0 is ADD. */
const PLAIN_SUB = 1;
const PLAIN_MUL = 2;
const MAXIMUM = 3;
const MINIMUM = 4;
const LESS = 5;
const LESS_EQUAL = 6;
const EQUAL = 7;
const NOT_EQUAL = 8;
/** In `plain` alone: of truth values, any byte but 0 being true; the last one is NOT of the left one. */
const AND = 9;
const OR = 10;
/** In `real` alone. */
const DIV = 9;
const FLOOR_DIV = 10;
const REAL_SQUARED_DIFFERENCE = 11;

/** Of integers as they are; sums and products wrap. */
export function plain(operation: i32, left: i32, right: i32): i32 {
  if (operation == MAXIMUM) return left > right ? left : right;
  if (operation == MINIMUM) return left < right ? left : right;
  if (operation == LESS) return i32(left < right);
  if (operation == LESS_EQUAL) return i32(left <= right);
  if (operation == EQUAL) return i32(left == right);
  if (operation == NOT_EQUAL) return i32(left != right);
  if (operation == AND) return i32(left != 0) & i32(right != 0);
  if (operation == OR) return i32((left | right) != 0);
  if (operation > OR) return i32(!left);
  if (operation == PLAIN_SUB) return left - right;
  return operation == PLAIN_MUL ? left * right : left + right;
}

/**
 * Of float32, kept within [low, high] where it is a number; a comparison gives 0 or 1 as a byte (TFLite reference:
 * maximum_minimum.cc, floor_div.h). Comparisons choose, since f32.max and f32.min differ from them in 0, −0 and NaN.
 */
export function real(operation: i32, x: usize, y: usize, output: usize, low: f32, high: f32): void {
  let left = load<f32>(x);
  let right = load<f32>(y);
  if (operation >= LESS && operation <= NOT_EQUAL) {
    let holds = operation == LESS ? left < right : operation == LESS_EQUAL ? left <= right : left == right;
    store<u8>(output, i32(holds) ^ i32(operation == NOT_EQUAL));
    return;
  }
  let value: f32;
  if (operation == MAXIMUM) value = left > right ? left : right;
  else if (operation == MINIMUM) value = left < right ? left : right;
  else if (operation == DIV) value = left / right;
  else if (operation == FLOOR_DIV) value = <f32>floor<f64>(<f64>left / <f64>right);
  else if (operation == PLAIN_MUL) value = left * right;
  else value = operation ? left - right : left + right;
  if (operation == REAL_SQUARED_DIFFERENCE) value *= value;
  if (value < low) value = low;
  if (value > high) value = high;
  store_f32(output, value);
}
