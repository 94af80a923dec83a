/** What the depthwise kernels with SIMD128 do with sums: scale them, and store those of a tile that is not full. */

import { pack_pixels, requantize_lanes, requantize_pixels } from "../fixed_point_simd128";
import { store_short } from "../short_vectors_simd128";

/** Products of pairs of values with pairs of int8 weights, added to four sums. */
export function add_pairs(sums: v128, pairs: v128, weights: usize): v128 {
  return i32x4.add(sums, i32x4.dot_i16x8_s(pairs, v128.load_ext<i8>(weights)));
}

/** Pairs of the first four of eight values in lanes of 16 bits. */
export function low_pairs(a: v128, b: v128): v128 {
  return v128.shuffle<i16>(a, b, 0, 8, 1, 9, 2, 10, 3, 11);
}

/** Pairs of the last four. */
export function high_pairs(a: v128, b: v128): v128 {
  return v128.shuffle<i16>(a, b, 4, 12, 5, 13, 6, 14, 7, 15);
}

/** Scales and stores eight channels, or the first `channels` of them, of each of two pixels. */
export function store_two(
  first: usize,
  second: usize,
  a0: v128,
  a1: v128,
  b0: v128,
  b1: v128,
  parameters: usize,
  uniform_exponent: i32,
  zero_point: i32,
  low: i32,
  high: i32,
  channels: i32,
): void {
  let bytes = inline.always(
    requantize_pixels(a0, a1, b0, b1, parameters, 48, uniform_exponent, zero_point, low, high),
  );
  if (channels >= 8) {
    v128.store_lane<i64>(first, bytes, 0);
    v128.store_lane<i64>(second, bytes, 1);
  } else {
    store_short(first, bytes, channels);
    store_short(second, v128.shuffle<i64>(bytes, bytes, 1, 1), channels);
  }
}

/** The same of one pixel. */
export function store_one(
  output: usize,
  a0: v128,
  a1: v128,
  parameters: usize,
  uniform_exponent: i32,
  zero_point: i32,
  low: i32,
  high: i32,
  channels: i32,
): void {
  a0 = inline.always(requantize_lanes(a0, parameters, uniform_exponent));
  a1 = inline.always(requantize_lanes(a1, parameters + 48, uniform_exponent));
  let bytes = inline.always(pack_pixels(a0, a1, a0, a1, zero_point, low, high));
  if (channels >= 8) v128.store_lane<i64>(output, bytes, 0);
  else store_short(output, bytes, channels);
}
