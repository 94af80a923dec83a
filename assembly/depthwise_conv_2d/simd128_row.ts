/** A row of a depthwise convolution with SIMD128: eight channels of four pixels at a time, out of pairs of rows. */

import { requantize_pixels } from "../fixed_point_simd128";
import { store_tile } from "./simd128_store";

/**
 * `taps` to `taps_end`: for each pair of taps of the window where it reads the first eight channels of the first pixel, two
 * vectors of 4 pairs of int16; the next pixel's are `step` bytes on, the next eight channels' `tile_bytes`. Where `shared`,
 * columns are as far apart as pixels, 32 bytes, and a pointer stands for three of them. `weights`: per tile of 8 channels and
 * pair of taps a vector of 8 pairs of int8. `parameters` and `uniform_exponent`: as in conv_2d_s8_simd128. `output`: pixels
 * of `channels` bytes. Reads a pixel beyond the last, and the columns that make them three.
 */
export function depthwise_row(
  taps: usize,
  taps_end: usize,
  step: i32,
  tile_bytes: i32,
  shared: i32,
  output: usize,
  pixels: i32,
  channels: i32,
  weights: usize,
  parameters: usize,
  uniform_exponent: i32,
  zero_point: i32,
  low: i32,
  high: i32,
): void {
  let tile = 0;
  let rest = channels;
  let weight_step = shared ? 48 : 16;
  do {
    let x = tile;
    let to = output;
    let left = pixels;
    let bias_0 = v128.load(parameters);
    let bias_1 = v128.load(parameters, 48);
    while (left > 2) {
      let a0 = bias_0;
      let b0 = bias_0;
      let c0 = bias_0;
      let d0 = bias_0;
      let t = taps;
      let w = weights;
      do {
        let p = load<usize>(t) + x;
        let w0 = v128.load_ext<i8>(w);
        if (shared) {
          let w1 = v128.load_ext<i8>(w, 16);
          let w2 = v128.load_ext<i8>(w, 32);
          a0 = i32x4.add(a0, i32x4.dot_i16x8_s(v128.load(p), w0));
          let column = v128.load(p, 32);
          a0 = i32x4.add(a0, i32x4.dot_i16x8_s(column, w1));
          b0 = i32x4.add(b0, i32x4.dot_i16x8_s(column, w0));
          column = v128.load(p, 64);
          a0 = i32x4.add(a0, i32x4.dot_i16x8_s(column, w2));
          b0 = i32x4.add(b0, i32x4.dot_i16x8_s(column, w1));
          c0 = i32x4.add(c0, i32x4.dot_i16x8_s(column, w0));
          column = v128.load(p, 96);
          b0 = i32x4.add(b0, i32x4.dot_i16x8_s(column, w2));
          c0 = i32x4.add(c0, i32x4.dot_i16x8_s(column, w1));
          d0 = i32x4.add(d0, i32x4.dot_i16x8_s(column, w0));
          column = v128.load(p, 128);
          c0 = i32x4.add(c0, i32x4.dot_i16x8_s(column, w2));
          d0 = i32x4.add(d0, i32x4.dot_i16x8_s(column, w1));
          d0 = i32x4.add(d0, i32x4.dot_i16x8_s(v128.load(p, 160), w2));
        } else {
          a0 = i32x4.add(a0, i32x4.dot_i16x8_s(v128.load(p), w0));
          p += step;
          b0 = i32x4.add(b0, i32x4.dot_i16x8_s(v128.load(p), w0));
          p += step;
          c0 = i32x4.add(c0, i32x4.dot_i16x8_s(v128.load(p), w0));
          d0 = i32x4.add(d0, i32x4.dot_i16x8_s(v128.load(p + step), w0));
        }
        t += 4;
        w += weight_step;
      } while (t < taps_end);
      let a1 = bias_1;
      let b1 = bias_1;
      let c1 = bias_1;
      let d1 = bias_1;
      t = taps;
      w = weights;
      do {
        let p = load<usize>(t) + x;
        let w0 = v128.load_ext<i8>(w, 8);
        if (shared) {
          let w1 = v128.load_ext<i8>(w, 24);
          let w2 = v128.load_ext<i8>(w, 40);
          a1 = i32x4.add(a1, i32x4.dot_i16x8_s(v128.load(p, 16), w0));
          let column = v128.load(p, 48);
          a1 = i32x4.add(a1, i32x4.dot_i16x8_s(column, w1));
          b1 = i32x4.add(b1, i32x4.dot_i16x8_s(column, w0));
          column = v128.load(p, 80);
          a1 = i32x4.add(a1, i32x4.dot_i16x8_s(column, w2));
          b1 = i32x4.add(b1, i32x4.dot_i16x8_s(column, w1));
          c1 = i32x4.add(c1, i32x4.dot_i16x8_s(column, w0));
          column = v128.load(p, 112);
          b1 = i32x4.add(b1, i32x4.dot_i16x8_s(column, w2));
          c1 = i32x4.add(c1, i32x4.dot_i16x8_s(column, w1));
          d1 = i32x4.add(d1, i32x4.dot_i16x8_s(column, w0));
          column = v128.load(p, 144);
          c1 = i32x4.add(c1, i32x4.dot_i16x8_s(column, w2));
          d1 = i32x4.add(d1, i32x4.dot_i16x8_s(column, w1));
          d1 = i32x4.add(d1, i32x4.dot_i16x8_s(v128.load(p, 176), w2));
        } else {
          a1 = i32x4.add(a1, i32x4.dot_i16x8_s(v128.load(p, 16), w0));
          p += step;
          b1 = i32x4.add(b1, i32x4.dot_i16x8_s(v128.load(p, 16), w0));
          p += step;
          c1 = i32x4.add(c1, i32x4.dot_i16x8_s(v128.load(p, 16), w0));
          d1 = i32x4.add(d1, i32x4.dot_i16x8_s(v128.load(p + step, 16), w0));
        }
        t += 4;
        w += weight_step;
      } while (t < taps_end);
      let first = inline.always(
        requantize_pixels(a0, a1, b0, b1, parameters, 48, uniform_exponent, zero_point, low, high),
      );
      let last = inline.always(
        requantize_pixels(c0, c1, d0, d1, parameters, 48, uniform_exponent, zero_point, low, high),
      );
      inline.always(store_tile(to, first, channels, rest, true));
      inline.always(store_tile(to + channels * 2, last, channels, rest, left > 3));
      to += channels * 4;
      x += step * 4;
      left -= 4;
    }
    while (left > 0) {
      let a0 = bias_0;
      let a1 = bias_1;
      let t = taps;
      let w = weights;
      do {
        let p = load<usize>(t) + x;
        a0 = i32x4.add(a0, i32x4.dot_i16x8_s(v128.load(p), v128.load_ext<i8>(w)));
        a1 = i32x4.add(a1, i32x4.dot_i16x8_s(v128.load(p, 16), v128.load_ext<i8>(w, 8)));
        if (shared) {
          a0 = i32x4.add(a0, i32x4.dot_i16x8_s(v128.load(p, 32), v128.load_ext<i8>(w, 16)));
          a1 = i32x4.add(a1, i32x4.dot_i16x8_s(v128.load(p, 48), v128.load_ext<i8>(w, 24)));
          a0 = i32x4.add(a0, i32x4.dot_i16x8_s(v128.load(p, 64), v128.load_ext<i8>(w, 32)));
          a1 = i32x4.add(a1, i32x4.dot_i16x8_s(v128.load(p, 80), v128.load_ext<i8>(w, 40)));
        }
        t += 4;
        w += weight_step;
      } while (t < taps_end);
      let bytes = inline.always(
        requantize_pixels(a0, a1, a0, a1, parameters, 48, uniform_exponent, zero_point, low, high),
      );
      inline.always(store_tile(to, bytes, channels, rest, false));
      to += channels;
      x += step;
      left -= 1;
    }
    output += 8;
    weights += ((taps_end - taps) >> 2) * weight_step;
    parameters += 96;
    tile += tile_bytes;
    rest -= 8;
  } while (rest > 0);
}
