/**
 * Fully connected layers of few rows with relaxed SIMD, limited by reading the weights: each is read once a row, 16 of a filter
 * at a time, for eight filters together. Lanes are added at the end.
 */

import { copy_bytes } from "../bytes";
import { pack_pixels, requantize_lanes } from "../fixed_point_simd128";
import { copy_flipped, dot_bytes, high_halves, low_halves, sum_bytes, takes_unsigned } from "../relaxed_dot";
import { store_bytes } from "../short_vectors_simd128";
import { sum_lanes } from "../sum_lanes_simd128";

/** Parameters as in fully_connected_s8_relaxed (relaxed.ts), and the `bits` of weights: 8, 7 (relaxed_7.ts) or 4 (relaxed_s4.ts). */
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
  bits: i32,
): void {
  let padded = (depth + 15) & ~15;
  let patch_end = patch + padded;
  let unsigned = bits < 8 ? i32x4.splat(0) : inline.always(takes_unsigned());
  let flips = v128.and(unsigned, i8x16.splat(-128));
  do {
    v128.store(patch_end - 16, i32x4.splat(0));
    copy_bytes(patch, input, depth);
    if (v128.any_true(flips)) copy_flipped(patch, patch, padded, flips);
    let sum = bits < 8 ? sum_bytes(patch, padded) : unsigned;
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
        let w0 = v128.load(w);
        let w1 = v128.load(w, 16);
        let w2 = v128.load(w, 32);
        let w3 = v128.load(w, 48);
        let w4 = w0;
        let w5 = w1;
        let w6 = w2;
        let w7 = w3;
        if (bits == 4) {
          w4 = inline.always(high_halves(w0));
          w5 = inline.always(high_halves(w1));
          w6 = inline.always(high_halves(w2));
          w7 = inline.always(high_halves(w3));
          w0 = inline.always(low_halves(w0));
          w1 = inline.always(low_halves(w1));
          w2 = inline.always(low_halves(w2));
          w3 = inline.always(low_halves(w3));
          w += 64;
        } else {
          w4 = v128.load(w, 64);
          w5 = v128.load(w, 80);
          w6 = v128.load(w, 96);
          w7 = v128.load(w, 112);
          w += 128;
        }
        a = inline.always(dot_bytes(x, w0, a, bits));
        b = inline.always(dot_bytes(x, w1, b, bits));
        c = inline.always(dot_bytes(x, w2, c, bits));
        d = inline.always(dot_bytes(x, w3, d, bits));
        e = inline.always(dot_bytes(x, w4, e, bits));
        f = inline.always(dot_bytes(x, w5, f, bits));
        g = inline.always(dot_bytes(x, w6, g, bits));
        h = inline.always(dot_bytes(x, w7, h, bits));
        at += 16;
      } while (at < patch_end);
      let low = i32x4.add(inline.always(sum_lanes(a, b, c, d)), v128.load(parameters));
      let high = i32x4.add(inline.always(sum_lanes(e, f, g, h)), v128.load(parameters, 64));
      if (bits < 8) {
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
