/**
 * int8 fully connected layers with SIMD128, for one row at a time, where reading the weights is what takes the time: a
 * 16-bit lane holds the weights of two filters, so that a load and a shift feed two dot products.
 */

import { copy_bytes } from "../bytes";
import { pack_pixels, requantize_lanes } from "../fixed_point_simd128";
import { sum_lanes } from "../sum_lanes_simd128";

/**
 * `input`: `rows` rows of `depth` int8. `weights`: tiles of 8 filters; in each, for every 8 values k, four vectors of
 * int16 256 · w[i + 4][k] + w[i][k] + 128, i from 0 to 3; depth and filters padded, the depth with 0. With S = Σ x · lane and
 * H = Σ x · (lane >> 8), filter i + 4 has the sum H and filter i has S − 256 · H − 128 · Σ x; what overflows on the way
 * cancels modulo 2^32. `channel_parameters`, `uniform_exponent`: as in conv_2d_s8_simd128. `tail`: 16 bytes of scratch.
 * Reads up to 7 bytes beyond a row, which meet zero lanes: the output may lie there, and change between two tiles.
 */
export function fully_connected_s8_simd128(
  input: usize,
  rows: i32,
  depth: i32,
  output: usize,
  filters: i32,
  weights: usize,
  channel_parameters: usize,
  uniform_exponent: i32,
  output_zero_point: i32,
  activation_min: i32,
  activation_max: i32,
  tail: usize,
): void {
  do {
    let end = input + (depth & ~7);
    let x = input;
    let sums = i32x4.splat(0);
    let ones = i16x8.splat(1);
    while (x < end) {
      sums = i32x4.add(sums, i32x4.dot_i16x8_s(v128.load_ext<i8>(x), ones));
      x += 8;
    }
    let sum = i32x4.extract_lane(sums, 0) + i32x4.extract_lane(sums, 1);
    sum += i32x4.extract_lane(sums, 2) + i32x4.extract_lane(sums, 3);
    end = input + depth;
    while (x < end) {
      sum += load<i8>(x);
      x += 1;
    }
    let correction = i32x4.splat(sum << 7);

    let w = weights;
    let parameters = channel_parameters;
    let left = filters;
    do {
      let s0 = i32x4.splat(0);
      let s1 = s0;
      let s2 = s0;
      let s3 = s0;
      let h0 = s0;
      let h1 = s0;
      let h2 = s0;
      let h3 = s0;
      x = input;
      do {
        let values = v128.load_ext<i8>(x);
        let pair = v128.load(w);
        s0 = i32x4.add(s0, i32x4.dot_i16x8_s(values, pair));
        h0 = i32x4.add(h0, i32x4.dot_i16x8_s(values, i16x8.shr_s(pair, 8)));
        pair = v128.load(w, 16);
        s1 = i32x4.add(s1, i32x4.dot_i16x8_s(values, pair));
        h1 = i32x4.add(h1, i32x4.dot_i16x8_s(values, i16x8.shr_s(pair, 8)));
        pair = v128.load(w, 32);
        s2 = i32x4.add(s2, i32x4.dot_i16x8_s(values, pair));
        h2 = i32x4.add(h2, i32x4.dot_i16x8_s(values, i16x8.shr_s(pair, 8)));
        pair = v128.load(w, 48);
        s3 = i32x4.add(s3, i32x4.dot_i16x8_s(values, pair));
        h3 = i32x4.add(h3, i32x4.dot_i16x8_s(values, i16x8.shr_s(pair, 8)));
        x += 8;
        w += 64;
      } while (x < end);
      let high = inline.always(sum_lanes(h0, h1, h2, h3));
      let low = inline.always(sum_lanes(s0, s1, s2, s3));
      low = i32x4.sub(i32x4.sub(low, i32x4.shl(high, 8)), correction);
      low = inline.always(
        requantize_lanes(i32x4.add(low, v128.load(parameters)), parameters, uniform_exponent),
      );
      high = inline.always(
        requantize_lanes(i32x4.add(high, v128.load(parameters, 48)), parameters + 48, uniform_exponent),
      );
      let bytes = inline.always(
        pack_pixels(low, high, low, high, output_zero_point, activation_min, activation_max),
      );
      parameters += 96;
      left -= 8;
      if (left >= 0) {
        v128.store_lane<i64>(output, bytes, 0);
        output += 8;
      } else {
        v128.store(tail, bytes);
        copy_bytes(output, tail, left + 8);
        output += left + 8;
      }
    } while (left > 0);
    input += depth;
    rows -= 1;
  } while (rows);
}
