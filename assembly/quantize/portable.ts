/** Changes of an activation's integer type or scale, and its quantization from float32. */

import { clamp, requantize } from "../fixed_point";

/** Loads element `at` of a type given by its bytes and sign. */
function load_integer(at: usize, bytes: i32, signed: i32): i32 {
  if (bytes == 1) return signed ? <i32>load<i8>(at) : <i32>load<u8>(at);
  return <i32>load<i16>(at);
}

/** Stores the low bytes of a value. */
function store_integer(at: usize, bytes: i32, value: i32): void {
  if (bytes == 1) store<i8>(at, value);
  else if (bytes == 2) store<i16>(at, value);
  else store<i32>(at, value);
}

/**
 * `count` ≥ 1 elements of `input_bytes` (1 or 2) to `output_bytes` (1, 2 or 4), scaled by Q31 `multiplier` and `shift`
 * and kept within [low, high] (TFLite reference: requantize.h).
 */
export function requantize_elements(
  input: usize,
  input_bytes: i32,
  input_signed: i32,
  output: usize,
  output_bytes: i32,
  count: i32,
  input_zero_point: i32,
  multiplier: i32,
  shift: i32,
  output_zero_point: i32,
  low: i32,
  high: i32,
): void {
  do {
    let value = inline.always(load_integer(input, input_bytes, input_signed)) - input_zero_point;
    value = clamp(requantize(value, multiplier, shift) + output_zero_point, low, high);
    inline.always(store_integer(output, output_bytes, value));
    input += input_bytes;
    output += output_bytes;
    count -= 1;
  } while (count);
}

/**
 * `count` ≥ 1 float32 to integers of `output_bytes` (1 or 2): value / scale rounded half away from zero, plus the zero
 * point, kept within [low, high]; NaN gives the zero point (TFLite reference: quantize.h). Never traps.
 */
export function quantize_f32(
  input: usize,
  output: usize,
  output_bytes: i32,
  count: i32,
  scale_bits: i32,
  zero_point: i32,
  low: i32,
  high: i32,
): void {
  let scale = reinterpret<f32>(scale_bits);
  do {
    let value = load<f32>(input) / scale;
    let whole = trunc<f32>(value);
    // The fraction is exact, unlike value + 0.5.
    if (abs<f32>(value - whole) >= 0.5) whole += copysign<f32>(1, value);
    // Clamped before it becomes an integer; a comparison with NaN is false.
    let quantized = zero_point;
    if (whole >= <f32>(high - zero_point)) quantized = high;
    else if (whole <= <f32>(low - zero_point)) quantized = low;
    else if (whole < <f32>(high - zero_point)) quantized = <i32>whole + zero_point;
    inline.always(store_integer(output, output_bytes, quantized));
    input += 4;
    output += output_bytes;
    count -= 1;
  } while (count);
}
