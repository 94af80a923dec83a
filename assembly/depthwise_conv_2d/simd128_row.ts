/** A row of a depthwise convolution with any window and stride, with SIMD128: eight channels of four pixels at a time. */

import { high_pairs, low_pairs, store_one, store_two } from "./simd128_store";

/**
 * `taps` to `taps_end`: for each pair of taps of the window where each of the two reads its first channel for the first
 * pixel, 4 bytes each; the next pixel's are `step` bytes on. `weights`: per tile of 8 channels and pair of taps a vector of 8
 * pairs of int8, the last one's second tap 0 where there is none. `parameters` and `uniform_exponent`: as in
 * conv_2d_s8_simd128. `output`: pixels of `channels` bytes. Reads up to 7 bytes beyond a pixel.
 */
export function depthwise_row(
  taps: usize,
  taps_end: usize,
  step: i32,
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
  let first = 0;
  do {
    let rest = channels - first;
    let x = first;
    let to = output + first;
    let left = pixels;
    let bias_0 = v128.load(parameters);
    let bias_1 = v128.load(parameters, 48);
    while (left >= 4) {
      let a0 = bias_0;
      let a1 = bias_1;
      let b0 = bias_0;
      let b1 = bias_1;
      let c0 = bias_0;
      let c1 = bias_1;
      let d0 = bias_0;
      let d1 = bias_1;
      let t = taps;
      let w = weights;
      do {
        let p = load<usize>(t) + x;
        let q = load<usize>(t, 4) + x;
        let w0 = v128.load_ext<i8>(w);
        let w1 = v128.load_ext<i8>(w, 8);
        let u = v128.load_ext<i8>(p);
        let v = v128.load_ext<i8>(q);
        a0 = i32x4.add(a0, i32x4.dot_i16x8_s(inline.always(low_pairs(u, v)), w0));
        a1 = i32x4.add(a1, i32x4.dot_i16x8_s(inline.always(high_pairs(u, v)), w1));
        p += step;
        q += step;
        u = v128.load_ext<i8>(p);
        v = v128.load_ext<i8>(q);
        b0 = i32x4.add(b0, i32x4.dot_i16x8_s(inline.always(low_pairs(u, v)), w0));
        b1 = i32x4.add(b1, i32x4.dot_i16x8_s(inline.always(high_pairs(u, v)), w1));
        p += step;
        q += step;
        u = v128.load_ext<i8>(p);
        v = v128.load_ext<i8>(q);
        c0 = i32x4.add(c0, i32x4.dot_i16x8_s(inline.always(low_pairs(u, v)), w0));
        c1 = i32x4.add(c1, i32x4.dot_i16x8_s(inline.always(high_pairs(u, v)), w1));
        u = v128.load_ext<i8>(p + step);
        v = v128.load_ext<i8>(q + step);
        d0 = i32x4.add(d0, i32x4.dot_i16x8_s(inline.always(low_pairs(u, v)), w0));
        d1 = i32x4.add(d1, i32x4.dot_i16x8_s(inline.always(high_pairs(u, v)), w1));
        t += 8;
        w += 16;
      } while (t < taps_end);
      let third = to + channels * 2;
      inline.always(
        store_two(
          to,
          to + channels,
          a0,
          a1,
          b0,
          b1,
          parameters,
          uniform_exponent,
          zero_point,
          low,
          high,
          rest,
        ),
      );
      inline.always(
        store_two(
          third,
          third + channels,
          c0,
          c1,
          d0,
          d1,
          parameters,
          uniform_exponent,
          zero_point,
          low,
          high,
          rest,
        ),
      );
      to = third + channels * 2;
      x += step * 4;
      left -= 4;
    }
    while (left) {
      let a0 = bias_0;
      let a1 = bias_1;
      let t = taps;
      let w = weights;
      do {
        let u = v128.load_ext<i8>(load<usize>(t) + x);
        let v = v128.load_ext<i8>(load<usize>(t, 4) + x);
        a0 = i32x4.add(a0, i32x4.dot_i16x8_s(inline.always(low_pairs(u, v)), v128.load_ext<i8>(w)));
        a1 = i32x4.add(a1, i32x4.dot_i16x8_s(inline.always(high_pairs(u, v)), v128.load_ext<i8>(w, 8)));
        t += 8;
        w += 16;
      } while (t < taps_end);
      inline.always(store_one(to, a0, a1, parameters, uniform_exponent, zero_point, low, high, rest));
      to += channels;
      x += step;
      left -= 1;
    }
    weights += (taps_end - taps) * 2;
    parameters += 96;
    first += 8;
  } while (first < channels);
}
