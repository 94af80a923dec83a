/** Elementwise float32 functions of a few instructions (TFLite reference: ceil.h, round.h, floor.h and others). */

import { store_f32 } from "../float32";

/** Operations of `unary_f32`. */
const ABS = 0;
const CEIL = 1;
const FLOOR = 2;
const NEG = 3;
const ROUND = 4;
const SIGN = 5;
const SQRT = 6;
const RSQRT = 7;
const SQUARE = 8;
const CLAMP = 9;
const LEAKY_RELU = 10;
const HARD_SWISH = 11;

/**
 * `count` ≥ 1 float32 elements; may work in place. CLAMP keeps them within [low, high], LEAKY_RELU multiplies those below 0
 * by `low`; both are given by their bits.
 */
export function unary_f32(
  input: usize,
  output: usize,
  count: i32,
  operation: i32,
  low_bits: i32,
  high_bits: i32,
): void {
  let low = reinterpret<f32>(low_bits);
  let high = reinterpret<f32>(high_bits);
  let end = input + (count << 2);
  do {
    let x = load<f32>(input);
    let y: f32 = x;
    if (operation == ABS) y = abs<f32>(x);
    else if (operation == CEIL) y = ceil<f32>(x);
    else if (operation == FLOOR) y = floor<f32>(x);
    else if (operation == NEG) y = -x;
    // Halves to even; 0 is positive unless it was −0 before.
    else if (operation == ROUND) y = nearest<f32>(x) == x ? x : nearest<f32>(x) + 0;
    else if (operation == SIGN) y = x > 0 ? 1 : x < 0 ? -1 : x == 0 ? 0 : x;
    else if (operation == SQRT) y = sqrt<f32>(x);
    else if (operation == RSQRT) y = 1 / sqrt<f32>(x);
    else if (operation == SQUARE) y = x * x;
    else if (operation == CLAMP) y = x > high ? high : x < low ? low : x;
    else if (operation == LEAKY_RELU) y = x > 0 ? x : x * low;
    else if (operation == HARD_SWISH) {
      y = x + 3 > 0 ? x + 3 : 0;
      y = (x * (y < 6 ? y : 6)) / 6;
    }
    store_f32(output, y);
    input += 4;
    output += 4;
  } while (input < end);
}
