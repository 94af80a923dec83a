/**
 * Tiles of pixels and filters of the SIMD128 convolution. A vector lane sums one filter, so nothing is added across
 * lanes; a pair of input values is loaded into all lanes at once and multiplied with eight pairs of weights. Patches hold
 * `depth` int16 values, an even number, each `step` bytes after the one before.
 */

import { requantize_pixels } from "../fixed_point_simd128";
import { store_bytes } from "../short_vectors_simd128";

/** All filters of two pixels, whose outputs are `output_step` bytes apart: 0 keeps the first only. */
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
): void {
  let channels = filters;
  let first_end = first + 2 * depth;
  do {
    let bias0 = v128.load(parameters);
    let bias1 = v128.load(parameters, 48);
    let a0 = bias0;
    let a1 = bias1;
    let b0 = bias0;
    let b1 = bias1;
    let x = first;
    do {
      let w0 = v128.load_ext<i8>(weights);
      let w1 = v128.load_ext<i8>(weights, 8);
      let pair = v128.load32_splat(x);
      a0 = i32x4.add(a0, i32x4.dot_i16x8_s(pair, w0));
      a1 = i32x4.add(a1, i32x4.dot_i16x8_s(pair, w1));
      pair = v128.load32_splat(x + step);
      b0 = i32x4.add(b0, i32x4.dot_i16x8_s(pair, w0));
      b1 = i32x4.add(b1, i32x4.dot_i16x8_s(pair, w1));
      x += 4;
      weights += 16;
    } while (x < first_end);
    let bytes = inline.always(
      requantize_pixels(a0, a1, b0, b1, parameters, 48, uniform_exponent, zero_point, low, high),
    );
    parameters += 96;
    filters -= 8;
    if ((channels & 7) == 0 || filters >= 0) {
      v128.store_lane<i64>(output + output_step, bytes, 1);
      v128.store_lane<i64>(output, bytes, 0);
      output += 8;
    } else {
      store_bytes(output + output_step, i64x2.extract_lane(bytes, 1), filters + 8);
      store_bytes(output, i64x2.extract_lane(bytes, 0), filters + 8);
    }
  } while (filters > 0);
}

/**
 * All filters of four pixels. The outputs of the first three are `filters` bytes apart, that of the last lies `last` bytes
 * behind the first: at the third, it is not kept.
 */
export function dot_four_pixels(
  first: usize,
  step: i32,
  depth: i32,
  weights: usize,
  output: usize,
  last: i32,
  filters: i32,
  parameters: usize,
  uniform_exponent: i32,
  zero_point: i32,
  low: i32,
  high: i32,
): void {
  let channels = filters;
  let first_end = first + 2 * depth;
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
      let w0 = v128.load_ext<i8>(weights);
      let w1 = v128.load_ext<i8>(weights, 8);
      let pair = v128.load32_splat(x);
      a0 = i32x4.add(a0, i32x4.dot_i16x8_s(pair, w0));
      a1 = i32x4.add(a1, i32x4.dot_i16x8_s(pair, w1));
      pair = v128.load32_splat(x + step);
      b0 = i32x4.add(b0, i32x4.dot_i16x8_s(pair, w0));
      b1 = i32x4.add(b1, i32x4.dot_i16x8_s(pair, w1));
      pair = v128.load32_splat(x + 2 * step);
      c0 = i32x4.add(c0, i32x4.dot_i16x8_s(pair, w0));
      c1 = i32x4.add(c1, i32x4.dot_i16x8_s(pair, w1));
      pair = v128.load32_splat(x + 3 * step);
      d0 = i32x4.add(d0, i32x4.dot_i16x8_s(pair, w0));
      d1 = i32x4.add(d1, i32x4.dot_i16x8_s(pair, w1));
      x += 4;
      weights += 16;
    } while (x < first_end);
    let bytes0 = inline.always(
      requantize_pixels(a0, a1, b0, b1, parameters, 48, uniform_exponent, zero_point, low, high),
    );
    let bytes1 = inline.always(
      requantize_pixels(c0, c1, d0, d1, parameters, 48, uniform_exponent, zero_point, low, high),
    );
    parameters += 96;
    filters -= 8;
    if ((channels & 7) == 0 || filters >= 0) {
      v128.store_lane<i64>(output, bytes0, 0);
      v128.store_lane<i64>(output + channels, bytes0, 1);
      v128.store_lane<i64>(output + last, bytes1, 1);
      v128.store_lane<i64>(output + 2 * channels, bytes1, 0);
      output += 8;
    } else {
      store_bytes(output, i64x2.extract_lane(bytes0, 0), filters + 8);
      store_bytes(output + channels, i64x2.extract_lane(bytes0, 1), filters + 8);
      store_bytes(output + last, i64x2.extract_lane(bytes1, 1), filters + 8);
      store_bytes(output + 2 * channels, i64x2.extract_lane(bytes1, 0), filters + 8);
    }
  } while (filters > 0);
}
