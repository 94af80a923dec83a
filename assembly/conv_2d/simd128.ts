/**
 * int8 convolution and fully connected layers with SIMD128: two pixels and eight filters at a time, so that each
 * vector lane sums one filter and nothing is added across lanes.
 */

import { copy_bytes } from "../bytes";
import { pack_pixels, requantize_right_lanes } from "../fixed_point_simd128";
import { gather_patch } from "./portable";

/**
 * Parameters as in conv_2d_s8, but one group, and packed for lanes: `weights` are tiles of 8 filters, in each of
 * them pairs of values k, k + 1 of filter 0 to 7, `depth` padded with zeros to a multiple of 8 and filters to one of
 * 8. `channel_parameters`: for each tile of 4 filters int32 bias[4], multiplier[4], power[4] = 2^(31 − exponent), with
 * every exponent at least 1. `patch`: scratch of 16 bytes for the last filters and, unless `direct`, two patches.
 * Reads up to 7 bytes beyond a pixel, which meet zero weights.
 */
export function conv_2d_s8_simd128(
  input: usize,
  height: i32,
  width: i32,
  channels: i32,
  output: usize,
  out_height: i32,
  out_width: i32,
  filters: i32,
  batches: i32,
  kernel_height: i32,
  kernel_width: i32,
  stride_height: i32,
  stride_width: i32,
  dilation_height: i32,
  dilation_width: i32,
  pad_top: i32,
  pad_left: i32,
  weights: usize,
  channel_parameters: usize,
  input_zero_point: i32,
  output_zero_point: i32,
  activation_min: i32,
  activation_max: i32,
  direct: i32,
  patch: usize,
): void {
  let depth = (kernel_height * kernel_width * channels + 7) & ~7;
  for (let batch = 0; batch < batches; batch++) {
    let top = -pad_top;
    for (let out_y = 0; out_y < out_height; out_y++) {
      let left = -pad_left;
      let row_end = output + out_width * filters;
      do {
        let first: usize;
        let second: usize;
        // The last pixel of an odd row is computed twice, to the same place.
        let single = output + filters == row_end;
        if (direct) {
          first = input + (top * width + left) * channels;
          second = single ? first : first + stride_width * channels;
        } else {
          first = patch + 16;
          inline.always(
            gather_patch(
              first,
              input,
              height,
              width,
              channels,
              channels,
              top,
              left,
              kernel_height,
              kernel_width,
              dilation_height,
              dilation_width,
              input_zero_point,
            ),
          );
          second = first;
          if (!single) {
            second = first + depth;
            gather_patch(
              second,
              input,
              height,
              width,
              channels,
              channels,
              top,
              left + stride_width,
              kernel_height,
              kernel_width,
              dilation_height,
              dilation_width,
              input_zero_point,
            );
          }
        }
        inline.always(
          dot_pixels(
            first,
            second,
            depth,
            weights,
            output,
            single ? output : output + filters,
            filters,
            channel_parameters,
            output_zero_point,
            activation_min,
            activation_max,
            patch,
          ),
        );
        output += single ? filters : 2 * filters;
        left += 2 * stride_width;
      } while (output < row_end);
      top += stride_height;
    }
    input += height * width * channels;
  }
}

/** All filters of two pixels. */
function dot_pixels(
  first: usize,
  second: usize,
  depth: i32,
  weights: usize,
  first_output: usize,
  second_output: usize,
  filters: i32,
  parameters: usize,
  zero_point: i32,
  low: i32,
  high: i32,
  tail: usize,
): void {
  let second_offset = second - first;
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
      let xb = v128.load_ext<i8>(x + second_offset);
      let w0 = v128.load_ext<i8>(weights);
      let w1 = v128.load_ext<i8>(weights, 8);
      let pa = v128.shuffle<i32>(xa, xa, 0, 0, 0, 0);
      let pb = v128.shuffle<i32>(xb, xb, 0, 0, 0, 0);
      a0 = i32x4.add(a0, i32x4.dot_i16x8_s(pa, w0));
      a1 = i32x4.add(a1, i32x4.dot_i16x8_s(pa, w1));
      b0 = i32x4.add(b0, i32x4.dot_i16x8_s(pb, w0));
      b1 = i32x4.add(b1, i32x4.dot_i16x8_s(pb, w1));
      w0 = v128.load_ext<i8>(weights, 16);
      w1 = v128.load_ext<i8>(weights, 24);
      pa = v128.shuffle<i32>(xa, xa, 1, 1, 1, 1);
      pb = v128.shuffle<i32>(xb, xb, 1, 1, 1, 1);
      a0 = i32x4.add(a0, i32x4.dot_i16x8_s(pa, w0));
      a1 = i32x4.add(a1, i32x4.dot_i16x8_s(pa, w1));
      b0 = i32x4.add(b0, i32x4.dot_i16x8_s(pb, w0));
      b1 = i32x4.add(b1, i32x4.dot_i16x8_s(pb, w1));
      w0 = v128.load_ext<i8>(weights, 32);
      w1 = v128.load_ext<i8>(weights, 40);
      pa = v128.shuffle<i32>(xa, xa, 2, 2, 2, 2);
      pb = v128.shuffle<i32>(xb, xb, 2, 2, 2, 2);
      a0 = i32x4.add(a0, i32x4.dot_i16x8_s(pa, w0));
      a1 = i32x4.add(a1, i32x4.dot_i16x8_s(pa, w1));
      b0 = i32x4.add(b0, i32x4.dot_i16x8_s(pb, w0));
      b1 = i32x4.add(b1, i32x4.dot_i16x8_s(pb, w1));
      w0 = v128.load_ext<i8>(weights, 48);
      w1 = v128.load_ext<i8>(weights, 56);
      pa = v128.shuffle<i32>(xa, xa, 3, 3, 3, 3);
      pb = v128.shuffle<i32>(xb, xb, 3, 3, 3, 3);
      a0 = i32x4.add(a0, i32x4.dot_i16x8_s(pa, w0));
      a1 = i32x4.add(a1, i32x4.dot_i16x8_s(pa, w1));
      b0 = i32x4.add(b0, i32x4.dot_i16x8_s(pb, w0));
      b1 = i32x4.add(b1, i32x4.dot_i16x8_s(pb, w1));
      x += 8;
      weights += 64;
    } while (x < first_end);
    let m0 = v128.load(parameters, 16);
    let m1 = v128.load(parameters, 64);
    let p0 = v128.load(parameters, 32);
    let p1 = v128.load(parameters, 80);
    let bytes = inline.always(
      pack_pixels(
        inline.always(requantize_right_lanes(a0, m0, p0)),
        inline.always(requantize_right_lanes(a1, m1, p1)),
        inline.always(requantize_right_lanes(b0, m0, p0)),
        inline.always(requantize_right_lanes(b1, m1, p1)),
        zero_point,
        low,
        high,
      ),
    );
    parameters += 96;
    filters -= 8;
    if (filters >= 0) {
      v128.store_lane<i64>(first_output, bytes, 0);
      v128.store_lane<i64>(second_output, bytes, 1);
      first_output += 8;
      second_output += 8;
    } else {
      v128.store(tail, bytes);
      copy_bytes(first_output, tail, filters + 8);
      copy_bytes(second_output, tail + 8, filters + 8);
    }
  } while (filters > 0);
}
