/**
 * Tiles of pixels and filters of the SIMD128 convolution. A vector lane sums one filter, so nothing is added across
 * lanes; pairs of input values are spread over all lanes and multiplied with pairs of weights.
 */

import { copy_bytes } from "../bytes";
import { pack_pixels, requantize_lanes } from "../fixed_point_simd128";

/** All filters of two pixels, each `step` bytes after the one before; outputs are `output_step` bytes apart. */
export function dot_two_pixels(
  first: usize,
  step: i32,
  depth: i32,
  weights: usize,
  output: usize,
  output_step: i32,
  filters: i32,
  parameters: usize,
  uniform_exponent: i32,
  zero_point: i32,
  low: i32,
  high: i32,
  tail: usize,
): void {
  let first_end = first + depth;
  do {
    let bias0 = v128.load(parameters);
    let bias1 = v128.load(parameters, 48);
    let a0 = bias0;
    let a1 = bias1;
    let b0 = bias0;
    let b1 = bias1;
    let x = first;
    do {
      let xa = v128.load_ext<i8>(x);
      let xb = v128.load_ext<i8>(x + step);
      let w0 = v128.load_ext<i8>(weights);
      let w1 = v128.load_ext<i8>(weights, 8);
      let pair = v128.shuffle<i32>(xa, xa, 0, 0, 0, 0);
      a0 = i32x4.add(a0, i32x4.dot_i16x8_s(pair, w0));
      a1 = i32x4.add(a1, i32x4.dot_i16x8_s(pair, w1));
      pair = v128.shuffle<i32>(xb, xb, 0, 0, 0, 0);
      b0 = i32x4.add(b0, i32x4.dot_i16x8_s(pair, w0));
      b1 = i32x4.add(b1, i32x4.dot_i16x8_s(pair, w1));
      w0 = v128.load_ext<i8>(weights, 16);
      w1 = v128.load_ext<i8>(weights, 24);
      pair = v128.shuffle<i32>(xa, xa, 1, 1, 1, 1);
      a0 = i32x4.add(a0, i32x4.dot_i16x8_s(pair, w0));
      a1 = i32x4.add(a1, i32x4.dot_i16x8_s(pair, w1));
      pair = v128.shuffle<i32>(xb, xb, 1, 1, 1, 1);
      b0 = i32x4.add(b0, i32x4.dot_i16x8_s(pair, w0));
      b1 = i32x4.add(b1, i32x4.dot_i16x8_s(pair, w1));
      w0 = v128.load_ext<i8>(weights, 32);
      w1 = v128.load_ext<i8>(weights, 40);
      pair = v128.shuffle<i32>(xa, xa, 2, 2, 2, 2);
      a0 = i32x4.add(a0, i32x4.dot_i16x8_s(pair, w0));
      a1 = i32x4.add(a1, i32x4.dot_i16x8_s(pair, w1));
      pair = v128.shuffle<i32>(xb, xb, 2, 2, 2, 2);
      b0 = i32x4.add(b0, i32x4.dot_i16x8_s(pair, w0));
      b1 = i32x4.add(b1, i32x4.dot_i16x8_s(pair, w1));
      w0 = v128.load_ext<i8>(weights, 48);
      w1 = v128.load_ext<i8>(weights, 56);
      pair = v128.shuffle<i32>(xa, xa, 3, 3, 3, 3);
      a0 = i32x4.add(a0, i32x4.dot_i16x8_s(pair, w0));
      a1 = i32x4.add(a1, i32x4.dot_i16x8_s(pair, w1));
      pair = v128.shuffle<i32>(xb, xb, 3, 3, 3, 3);
      b0 = i32x4.add(b0, i32x4.dot_i16x8_s(pair, w0));
      b1 = i32x4.add(b1, i32x4.dot_i16x8_s(pair, w1));
      x += 8;
      weights += 64;
    } while (x < first_end);
    let bytes0 = inline.always(
      pack_pixels(
        inline.always(requantize_lanes(a0, parameters, uniform_exponent)),
        inline.always(requantize_lanes(a1, parameters + 48, uniform_exponent)),
        inline.always(requantize_lanes(b0, parameters, uniform_exponent)),
        inline.always(requantize_lanes(b1, parameters + 48, uniform_exponent)),
        zero_point,
        low,
        high,
      ),
    );
    parameters += 96;
    filters -= 8;
    if (filters >= 0) {
      v128.store_lane<i64>(output, bytes0, 0);
      v128.store_lane<i64>(output + output_step, bytes0, 1);
      output += 8;
    } else {
      v128.store(tail, bytes0);
      copy_bytes(output, tail, filters + 8);
      copy_bytes(output + output_step, tail + 8, filters + 8);
    }
  } while (filters > 0);
}

/** All filters of four pixels, each `step` bytes after the one before. */
export function dot_four_pixels(
  first: usize,
  step: i32,
  depth: i32,
  weights: usize,
  output: usize,
  filters: i32,
  parameters: usize,
  uniform_exponent: i32,
  zero_point: i32,
  low: i32,
  high: i32,
  tail: usize,
): void {
  let channels = filters;
  let first_end = first + depth;
  do {
    let bias0 = v128.load(parameters);
    let bias1 = v128.load(parameters, 48);
    let a0 = bias0;
    let a1 = bias1;
    let b0 = bias0;
    let b1 = bias1;
    let c0 = bias0;
    let c1 = bias1;
    let d0 = bias0;
    let d1 = bias1;
    let x = first;
    do {
      let xa = v128.load_ext<i8>(x);
      let xb = v128.load_ext<i8>(x + step);
      let xc = v128.load_ext<i8>(x + 2 * step);
      let xd = v128.load_ext<i8>(x + 3 * step);
      let w0 = v128.load_ext<i8>(weights);
      let w1 = v128.load_ext<i8>(weights, 8);
      let pair = v128.shuffle<i32>(xa, xa, 0, 0, 0, 0);
      a0 = i32x4.add(a0, i32x4.dot_i16x8_s(pair, w0));
      a1 = i32x4.add(a1, i32x4.dot_i16x8_s(pair, w1));
      pair = v128.shuffle<i32>(xb, xb, 0, 0, 0, 0);
      b0 = i32x4.add(b0, i32x4.dot_i16x8_s(pair, w0));
      b1 = i32x4.add(b1, i32x4.dot_i16x8_s(pair, w1));
      pair = v128.shuffle<i32>(xc, xc, 0, 0, 0, 0);
      c0 = i32x4.add(c0, i32x4.dot_i16x8_s(pair, w0));
      c1 = i32x4.add(c1, i32x4.dot_i16x8_s(pair, w1));
      pair = v128.shuffle<i32>(xd, xd, 0, 0, 0, 0);
      d0 = i32x4.add(d0, i32x4.dot_i16x8_s(pair, w0));
      d1 = i32x4.add(d1, i32x4.dot_i16x8_s(pair, w1));
      w0 = v128.load_ext<i8>(weights, 16);
      w1 = v128.load_ext<i8>(weights, 24);
      pair = v128.shuffle<i32>(xa, xa, 1, 1, 1, 1);
      a0 = i32x4.add(a0, i32x4.dot_i16x8_s(pair, w0));
      a1 = i32x4.add(a1, i32x4.dot_i16x8_s(pair, w1));
      pair = v128.shuffle<i32>(xb, xb, 1, 1, 1, 1);
      b0 = i32x4.add(b0, i32x4.dot_i16x8_s(pair, w0));
      b1 = i32x4.add(b1, i32x4.dot_i16x8_s(pair, w1));
      pair = v128.shuffle<i32>(xc, xc, 1, 1, 1, 1);
      c0 = i32x4.add(c0, i32x4.dot_i16x8_s(pair, w0));
      c1 = i32x4.add(c1, i32x4.dot_i16x8_s(pair, w1));
      pair = v128.shuffle<i32>(xd, xd, 1, 1, 1, 1);
      d0 = i32x4.add(d0, i32x4.dot_i16x8_s(pair, w0));
      d1 = i32x4.add(d1, i32x4.dot_i16x8_s(pair, w1));
      w0 = v128.load_ext<i8>(weights, 32);
      w1 = v128.load_ext<i8>(weights, 40);
      pair = v128.shuffle<i32>(xa, xa, 2, 2, 2, 2);
      a0 = i32x4.add(a0, i32x4.dot_i16x8_s(pair, w0));
      a1 = i32x4.add(a1, i32x4.dot_i16x8_s(pair, w1));
      pair = v128.shuffle<i32>(xb, xb, 2, 2, 2, 2);
      b0 = i32x4.add(b0, i32x4.dot_i16x8_s(pair, w0));
      b1 = i32x4.add(b1, i32x4.dot_i16x8_s(pair, w1));
      pair = v128.shuffle<i32>(xc, xc, 2, 2, 2, 2);
      c0 = i32x4.add(c0, i32x4.dot_i16x8_s(pair, w0));
      c1 = i32x4.add(c1, i32x4.dot_i16x8_s(pair, w1));
      pair = v128.shuffle<i32>(xd, xd, 2, 2, 2, 2);
      d0 = i32x4.add(d0, i32x4.dot_i16x8_s(pair, w0));
      d1 = i32x4.add(d1, i32x4.dot_i16x8_s(pair, w1));
      w0 = v128.load_ext<i8>(weights, 48);
      w1 = v128.load_ext<i8>(weights, 56);
      pair = v128.shuffle<i32>(xa, xa, 3, 3, 3, 3);
      a0 = i32x4.add(a0, i32x4.dot_i16x8_s(pair, w0));
      a1 = i32x4.add(a1, i32x4.dot_i16x8_s(pair, w1));
      pair = v128.shuffle<i32>(xb, xb, 3, 3, 3, 3);
      b0 = i32x4.add(b0, i32x4.dot_i16x8_s(pair, w0));
      b1 = i32x4.add(b1, i32x4.dot_i16x8_s(pair, w1));
      pair = v128.shuffle<i32>(xc, xc, 3, 3, 3, 3);
      c0 = i32x4.add(c0, i32x4.dot_i16x8_s(pair, w0));
      c1 = i32x4.add(c1, i32x4.dot_i16x8_s(pair, w1));
      pair = v128.shuffle<i32>(xd, xd, 3, 3, 3, 3);
      d0 = i32x4.add(d0, i32x4.dot_i16x8_s(pair, w0));
      d1 = i32x4.add(d1, i32x4.dot_i16x8_s(pair, w1));
      x += 8;
      weights += 64;
    } while (x < first_end);
    let bytes0 = inline.always(
      pack_pixels(
        inline.always(requantize_lanes(a0, parameters, uniform_exponent)),
        inline.always(requantize_lanes(a1, parameters + 48, uniform_exponent)),
        inline.always(requantize_lanes(b0, parameters, uniform_exponent)),
        inline.always(requantize_lanes(b1, parameters + 48, uniform_exponent)),
        zero_point,
        low,
        high,
      ),
    );
    let bytes1 = inline.always(
      pack_pixels(
        inline.always(requantize_lanes(c0, parameters, uniform_exponent)),
        inline.always(requantize_lanes(c1, parameters + 48, uniform_exponent)),
        inline.always(requantize_lanes(d0, parameters, uniform_exponent)),
        inline.always(requantize_lanes(d1, parameters + 48, uniform_exponent)),
        zero_point,
        low,
        high,
      ),
    );
    parameters += 96;
    filters -= 8;
    if (filters >= 0) {
      v128.store_lane<i64>(output, bytes0, 0);
      v128.store_lane<i64>(output + channels, bytes0, 1);
      v128.store_lane<i64>(output + 2 * channels, bytes1, 0);
      v128.store_lane<i64>(output + 3 * channels, bytes1, 1);
      output += 8;
    } else {
      v128.store(tail, bytes0);
      copy_bytes(output, tail, filters + 8);
      copy_bytes(output + channels, tail + 8, filters + 8);
      v128.store(tail, bytes1);
      copy_bytes(output + 2 * channels, tail, filters + 8);
      copy_bytes(output + 3 * channels, tail + 8, filters + 8);
    }
  } while (filters > 0);
}
