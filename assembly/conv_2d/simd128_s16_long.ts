/** A pixel of the SIMD128 kernel of 16x8 convolutions, for patches so long, or biases so large, that sums need 64 bits. */

import { copy_bytes } from "../bytes";
import { clamp, requantize_wide } from "../fixed_point";

/** Bytes of input whose products can be added up in 32 bits: 504 values, each product at most 2^7 · 2^15. */
const RUN: usize = 1008;

/**
 * All filters of one pixel of `bytes` bytes, a multiple of 16. `weights`: as in conv_2d_s16_simd128. `parameters`: for each
 * tile of 8 filters int64 bias[8], int32 multiplier[8] and int32 exponent[8], those of requantize_wide. `tail`: scratch of
 * 16 bytes.
 */
export function dot_long_pixel_s16(
  first: usize,
  bytes: i32,
  weights: usize,
  output: usize,
  filters: i32,
  parameters: usize,
  low: i32,
  high: i32,
  tail: usize,
): void {
  let first_end = first + bytes;
  do {
    let s0 = v128.load(parameters);
    let s1 = v128.load(parameters, 16);
    let s2 = v128.load(parameters, 32);
    let s3 = v128.load(parameters, 48);
    let x = first;
    do {
      let end = min(x + RUN, first_end);
      let a0 = i32x4.splat(0);
      let a1 = a0;
      do {
        let values = v128.load(x);
        let pair = v128.shuffle<i32>(values, values, 0, 0, 0, 0);
        a0 = i32x4.add(a0, i32x4.dot_i16x8_s(pair, v128.load_ext<i8>(weights)));
        a1 = i32x4.add(a1, i32x4.dot_i16x8_s(pair, v128.load_ext<i8>(weights, 8)));
        pair = v128.shuffle<i32>(values, values, 1, 1, 1, 1);
        a0 = i32x4.add(a0, i32x4.dot_i16x8_s(pair, v128.load_ext<i8>(weights, 16)));
        a1 = i32x4.add(a1, i32x4.dot_i16x8_s(pair, v128.load_ext<i8>(weights, 24)));
        pair = v128.shuffle<i32>(values, values, 2, 2, 2, 2);
        a0 = i32x4.add(a0, i32x4.dot_i16x8_s(pair, v128.load_ext<i8>(weights, 32)));
        a1 = i32x4.add(a1, i32x4.dot_i16x8_s(pair, v128.load_ext<i8>(weights, 40)));
        pair = v128.shuffle<i32>(values, values, 3, 3, 3, 3);
        a0 = i32x4.add(a0, i32x4.dot_i16x8_s(pair, v128.load_ext<i8>(weights, 48)));
        a1 = i32x4.add(a1, i32x4.dot_i16x8_s(pair, v128.load_ext<i8>(weights, 56)));
        x += 16;
        weights += 64;
      } while (x < end);
      s0 = i64x2.add(s0, i64x2.extend_low_i32x4_s(a0));
      s1 = i64x2.add(s1, i64x2.extend_high_i32x4_s(a0));
      s2 = i64x2.add(s2, i64x2.extend_low_i32x4_s(a1));
      s3 = i64x2.add(s3, i64x2.extend_high_i32x4_s(a1));
    } while (x < first_end);
    filters -= 8;
    let to = filters >= 0 ? output : tail;
    store_long_sums(to, s0, parameters, low, high);
    store_long_sums(to + 4, s1, parameters + 8, low, high);
    store_long_sums(to + 8, s2, parameters + 16, low, high);
    store_long_sums(to + 12, s3, parameters + 24, low, high);
    if (filters < 0) copy_bytes(output, tail, (filters + 8) * 2);
    parameters += 128;
    output += 16;
  } while (filters > 0);
}

/** Scales and stores the sums of two filters; their multipliers are 64 bytes behind `parameters`, the exponents 96. */
function store_long_sums(output: usize, sums: v128, parameters: usize, low: i32, high: i32): void {
  let first = requantize_wide(
    i64x2.extract_lane(sums, 0),
    load<i32>(parameters, 64),
    load<i32>(parameters, 96),
  );
  let second = requantize_wide(
    i64x2.extract_lane(sums, 1),
    load<i32>(parameters, 68),
    load<i32>(parameters, 100),
  );
  store<i16>(output, clamp(first, low, high));
  store<i16>(output, clamp(second, low, high), 2);
}
