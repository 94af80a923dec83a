/** Quantization from float32 with SIMD128: sixteen elements at a time. */

import { quantize_f32 } from "./portable";

/** Four float32 at `input` / `scale`, rounded half away from zero and kept within [low, high], which are whole; NaN gives 0. */
function quantize_four(input: usize, scale: v128, low: v128, high: v128): v128 {
  let values = f32x4.div(v128.load(input), scale);
  let whole = f32x4.trunc(values);
  // The fraction is exact, unlike value + 0.5.
  let away = f32x4.ge(f32x4.abs(f32x4.sub(values, whole)), f32x4.splat(0.5));
  let one = v128.or(f32x4.splat(1), v128.and(values, i32x4.splat(i32.MIN_VALUE)));
  whole = f32x4.add(whole, v128.and(away, one));
  // No comparison with NaN is true, so that it stays what it is, and is truncated to 0.
  return i32x4.trunc_sat_f32x4_s(f32x4.pmax(f32x4.pmin(whole, high), low));
}

/** As quantize_f32, to int8 or int16. Reads and writes no byte beyond the tensors. */
export function quantize_f32_simd128(
  input: usize,
  output: usize,
  output_bytes: i32,
  count: i32,
  scale_bits: i32,
  zero_point: i32,
  low: i32,
  high: i32,
): void {
  let scale = f32x4.splat(reinterpret<f32>(scale_bits));
  let lowest = f32x4.splat(<f32>(low - zero_point));
  let highest = f32x4.splat(<f32>(high - zero_point));
  let zero_points = i16x8.splat(<i16>zero_point);
  let vectors = count >> 4;
  while (vectors) {
    let a = inline.always(quantize_four(input, scale, lowest, highest));
    let b = inline.always(quantize_four(input + 16, scale, lowest, highest));
    let c = inline.always(quantize_four(input + 32, scale, lowest, highest));
    let d = inline.always(quantize_four(input + 48, scale, lowest, highest));
    if (output_bytes == 1) {
      let first = i16x8.add(i16x8.narrow_i32x4_s(a, b), zero_points);
      let second = i16x8.add(i16x8.narrow_i32x4_s(c, d), zero_points);
      v128.store(output, i8x16.narrow_i16x8_s(first, second));
    } else {
      // Less the zero point, int16 takes 17 bits.
      let wide_zero_points = i32x4.splat(zero_point);
      a = i32x4.add(a, wide_zero_points);
      b = i32x4.add(b, wide_zero_points);
      c = i32x4.add(c, wide_zero_points);
      d = i32x4.add(d, wide_zero_points);
      v128.store(output, i16x8.narrow_i32x4_s(a, b));
      v128.store(output, i16x8.narrow_i32x4_s(c, d), 16);
    }
    input += 64;
    output += output_bytes << 4;
    vectors -= 1;
  }
  if (count & 15) quantize_f32(input, output, output_bytes, count & 15, scale_bits, zero_point, low, high);
}
