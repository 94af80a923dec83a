/**
 * A row of a depthwise 3×3 convolution with SIMD128: eight channels of four pixels at a time, so that the columns of
 * the window that pixels share are read and paired once.
 */

import { add_pairs, high_pairs, low_pairs, store_one, store_two } from "./simd128_store";

/**
 * `row_0` to `row_2`: the rows of input under the window, from its first column on; columns of the window and pixels
 * of the output are `step` bytes apart. `weights`: per tile of 8 channels five vectors of 8 pairs of int8, the first four
 * channels' and the last four's each: of rows 0 and 1 in column 0, 1 and 2, of columns 0 and 1 in row 2, and of column 2
 * in row 2 with 0. `parameters` and `uniform_exponent`: as in conv_2d_s8_simd128. `output`: pixels of `channels` bytes.
 * Reads up to 7 bytes beyond a pixel.
 */
export function depthwise_row_3x3(
  row_0: usize,
  row_1: usize,
  row_2: usize,
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
  let rest = channels;
  do {
    let x = row_0;
    let y = row_1;
    let z = row_2;
    let to = output;
    let left = pixels;
    let bias_0 = v128.load(parameters);
    let bias_1 = v128.load(parameters, 48);
    while (left >= 4) {
      let upper = v128.load_ext<i8>(x);
      let lower = v128.load_ext<i8>(y);
      let pairs = inline.always(low_pairs(upper, lower));
      let a0 = inline.always(add_pairs(bias_0, pairs, weights));
      pairs = inline.always(high_pairs(upper, lower));
      let a1 = inline.always(add_pairs(bias_1, pairs, weights + 8));
      x += step;
      y += step;

      upper = v128.load_ext<i8>(x);
      lower = v128.load_ext<i8>(y);
      pairs = inline.always(low_pairs(upper, lower));
      a0 = inline.always(add_pairs(a0, pairs, weights + 16));
      let b0 = inline.always(add_pairs(bias_0, pairs, weights));
      pairs = inline.always(high_pairs(upper, lower));
      a1 = inline.always(add_pairs(a1, pairs, weights + 24));
      let b1 = inline.always(add_pairs(bias_1, pairs, weights + 8));
      x += step;
      y += step;

      upper = v128.load_ext<i8>(x);
      lower = v128.load_ext<i8>(y);
      pairs = inline.always(low_pairs(upper, lower));
      a0 = inline.always(add_pairs(a0, pairs, weights + 32));
      b0 = inline.always(add_pairs(b0, pairs, weights + 16));
      let c0 = inline.always(add_pairs(bias_0, pairs, weights));
      pairs = inline.always(high_pairs(upper, lower));
      a1 = inline.always(add_pairs(a1, pairs, weights + 40));
      b1 = inline.always(add_pairs(b1, pairs, weights + 24));
      let c1 = inline.always(add_pairs(bias_1, pairs, weights + 8));
      x += step;
      y += step;

      upper = v128.load_ext<i8>(x);
      lower = v128.load_ext<i8>(y);
      pairs = inline.always(low_pairs(upper, lower));
      b0 = inline.always(add_pairs(b0, pairs, weights + 32));
      c0 = inline.always(add_pairs(c0, pairs, weights + 16));
      let d0 = inline.always(add_pairs(bias_0, pairs, weights));
      pairs = inline.always(high_pairs(upper, lower));
      b1 = inline.always(add_pairs(b1, pairs, weights + 40));
      c1 = inline.always(add_pairs(c1, pairs, weights + 24));
      let d1 = inline.always(add_pairs(bias_1, pairs, weights + 8));
      x += step;
      y += step;

      upper = v128.load_ext<i8>(x);
      lower = v128.load_ext<i8>(y);
      pairs = inline.always(low_pairs(upper, lower));
      c0 = inline.always(add_pairs(c0, pairs, weights + 32));
      d0 = inline.always(add_pairs(d0, pairs, weights + 16));
      pairs = inline.always(high_pairs(upper, lower));
      c1 = inline.always(add_pairs(c1, pairs, weights + 40));
      d1 = inline.always(add_pairs(d1, pairs, weights + 24));

      upper = v128.load_ext<i8>(x + step);
      lower = v128.load_ext<i8>(y + step);
      d0 = inline.always(add_pairs(d0, inline.always(low_pairs(upper, lower)), weights + 32));
      d1 = inline.always(add_pairs(d1, inline.always(high_pairs(upper, lower)), weights + 40));

      // The last row of the window: pairs of neighbours, each for one pixel's columns 0 and 1 and another's column 2.
      let behind = v128.load_ext<i8>(z);
      z += step;
      let ahead = v128.load_ext<i8>(z);
      z += step;
      a0 = inline.always(add_pairs(a0, inline.always(low_pairs(behind, ahead)), weights + 48));
      a1 = inline.always(add_pairs(a1, inline.always(high_pairs(behind, ahead)), weights + 56));

      behind = v128.load_ext<i8>(z);
      z += step;
      b0 = inline.always(add_pairs(b0, inline.always(low_pairs(ahead, behind)), weights + 48));
      b1 = inline.always(add_pairs(b1, inline.always(high_pairs(ahead, behind)), weights + 56));

      ahead = v128.load_ext<i8>(z);
      z += step;
      pairs = inline.always(low_pairs(behind, ahead));
      a0 = inline.always(add_pairs(a0, pairs, weights + 64));
      c0 = inline.always(add_pairs(c0, pairs, weights + 48));
      pairs = inline.always(high_pairs(behind, ahead));
      a1 = inline.always(add_pairs(a1, pairs, weights + 72));
      c1 = inline.always(add_pairs(c1, pairs, weights + 56));

      behind = v128.load_ext<i8>(z);
      pairs = inline.always(low_pairs(ahead, behind));
      b0 = inline.always(add_pairs(b0, pairs, weights + 64));
      d0 = inline.always(add_pairs(d0, pairs, weights + 48));
      pairs = inline.always(high_pairs(ahead, behind));
      b1 = inline.always(add_pairs(b1, pairs, weights + 72));
      d1 = inline.always(add_pairs(d1, pairs, weights + 56));

      ahead = v128.load_ext<i8>(z + step);
      c0 = inline.always(add_pairs(c0, inline.always(low_pairs(behind, ahead)), weights + 64));
      c1 = inline.always(add_pairs(c1, inline.always(high_pairs(behind, ahead)), weights + 72));
      d0 = inline.always(add_pairs(d0, inline.always(low_pairs(ahead, ahead)), weights + 64));
      d1 = inline.always(add_pairs(d1, inline.always(high_pairs(ahead, ahead)), weights + 72));

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
      left -= 4;
    }
    while (left) {
      let a0 = bias_0;
      let a1 = bias_1;
      let w = weights;
      let end = x + 3 * step;
      do {
        let upper = v128.load_ext<i8>(x);
        let lower = v128.load_ext<i8>(y);
        a0 = inline.always(add_pairs(a0, inline.always(low_pairs(upper, lower)), w));
        a1 = inline.always(add_pairs(a1, inline.always(high_pairs(upper, lower)), w + 8));
        x += step;
        y += step;
        w += 16;
      } while (x < end);
      let first = v128.load_ext<i8>(z);
      z += step;
      let second = v128.load_ext<i8>(z);
      a0 = inline.always(add_pairs(a0, inline.always(low_pairs(first, second)), w));
      a1 = inline.always(add_pairs(a1, inline.always(high_pairs(first, second)), w + 8));
      first = v128.load_ext<i8>(z + step);
      a0 = inline.always(add_pairs(a0, inline.always(low_pairs(first, first)), w + 16));
      a1 = inline.always(add_pairs(a1, inline.always(high_pairs(first, first)), w + 24));
      inline.always(store_one(to, a0, a1, parameters, uniform_exponent, zero_point, low, high, rest));
      x -= 2 * step;
      y -= 2 * step;
      to += channels;
      left -= 1;
    }
    row_0 += 8;
    row_1 += 8;
    row_2 += 8;
    output += 8;
    weights += 80;
    parameters += 96;
    rest -= 8;
  } while (rest > 0);
}
