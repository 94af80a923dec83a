/**
 * Fully connected layers of few rows with relaxed SIMD, limited by reading the weights: each is read once a row, 16 of a filter
 * at a time, for eight filters together. Lanes are added at the end.
 */

import { copy_bytes } from "../bytes";
import { pack_pixels, requantize_lanes } from "../fixed_point_simd128";
import { copy_flipped, dot_bytes, sum_bytes, takes_unsigned } from "../relaxed_dot";
import { store_bytes } from "../short_vectors_simd128";
import { sum_lanes } from "../sum_lanes_simd128";

/** Parameters as in fully_connected_s8_relaxed (relaxed.ts), and `seven`: with seven-bit weights (relaxed_7.ts). */
export function multiply_rows(
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
  patch: usize,
  seven: i32,
): void {
  let padded = (depth + 15) & ~15;
  let patch_end = patch + padded;
  let unsigned = seven ? i32x4.splat(0) : inline.always(takes_unsigned());
  let flips = v128.and(unsigned, i8x16.splat(-128));
  do {
    v128.store(patch_end - 16, i32x4.splat(0));
    copy_bytes(patch, input, depth);
    if (v128.any_true(flips)) copy_flipped(patch, patch, padded, flips);
    let sum = seven ? sum_bytes(patch, padded) : unsigned;
    let parameters = channel_parameters;
    let w = weights;
    let left = filters;
    do {
      let a = i32x4.splat(0);
      let b = a;
      let c = a;
      let d = a;
      let e = a;
      let f = a;
      let g = a;
      let h = a;
      let at = patch;
      do {
        let x = v128.load(at);
        a = inline.always(dot_bytes(x, v128.load(w), a, seven));
        b = inline.always(dot_bytes(x, v128.load(w, 16), b, seven));
        c = inline.always(dot_bytes(x, v128.load(w, 32), c, seven));
        d = inline.always(dot_bytes(x, v128.load(w, 48), d, seven));
        e = inline.always(dot_bytes(x, v128.load(w, 64), e, seven));
        f = inline.always(dot_bytes(x, v128.load(w, 80), f, seven));
        g = inline.always(dot_bytes(x, v128.load(w, 96), g, seven));
        h = inline.always(dot_bytes(x, v128.load(w, 112), h, seven));
        at += 16;
        w += 128;
      } while (at < patch_end);
      let low = i32x4.add(inline.always(sum_lanes(a, b, c, d)), v128.load(parameters));
      let high = i32x4.add(inline.always(sum_lanes(e, f, g, h)), v128.load(parameters, 64));
      if (seven) {
        low = i32x4.add(low, i32x4.mul(v128.load(parameters, 48), sum));
        high = i32x4.add(high, i32x4.mul(v128.load(parameters, 112), sum));
      } else {
        low = i32x4.add(low, v128.and(v128.load(parameters, 48), sum));
        high = i32x4.add(high, v128.and(v128.load(parameters, 112), sum));
      }
      low = inline.always(requantize_lanes(low, parameters, uniform_exponent));
      high = inline.always(requantize_lanes(high, parameters + 64, uniform_exponent));
      let bytes = inline.always(
        pack_pixels(low, high, low, high, output_zero_point, activation_min, activation_max),
      );
      parameters += 128;
      left -= 8;
      if (left >= 0) {
        v128.store_lane<i64>(output, bytes, 0);
        output += 8;
      } else {
        store_bytes(output, i64x2.extract_lane(bytes, 0), left + 8);
        output += left + 8;
      }
    } while (left > 0);
    input += depth;
    rows -= 1;
  } while (rows);
}
