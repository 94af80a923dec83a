/**
 * 16x8 convolution and fully connected layers with SIMD128: two pixels and eight filters at a time, as in
 * conv_2d_s8_simd128, where every sum fits 32 bits; one pixel and eight filters at a time elsewhere.
 */

import { copy_bytes } from "../bytes";
import { pack_int16, requantize_wide_lanes } from "../fixed_point_simd128";
import { gather_patch } from "./portable";
import { dot_long_pixel_s16 } from "./simd128_s16_long";

/**
 * Parameters as in conv_2d_s16, but one group, sums that are rounded once, and packed for lanes: `weights` as in
 * conv_2d_s8_simd128. `exponent`: where sums fit 32 bits; then `channel_parameters` are for each tile of 4 filters int32
 * bias[4] and multiplier[4], which requantize_wide_lanes explains. 0: they may not, and `channel_parameters` are those of
 * dot_long_pixel_s16. `pairs`: rows are computed two pixels at a time, else one, as they have to be where the exponent is 0.
 * `patch`: scratch of 16 bytes for the last filters and, unless `direct`, a patch of int16 for each of these pixels, its
 * length a multiple of 8. Reads up to 14 bytes beyond a pixel, which meet zero weights.
 */
export function conv_2d_s16_simd128(
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
  exponent: i32,
  activation_min: i32,
  activation_max: i32,
  direct: i32,
  pairs: i32,
  patch: usize,
): void {
  let bytes = ((kernel_height * kernel_width * channels + 7) & ~7) * 2;
  let out_step = filters * 2;
  for (let batch = 0; batch < batches; batch++) {
    let top = -pad_top;
    for (let out_y = 0; out_y < out_height; out_y++) {
      let left = -pad_left;
      let row_end = output + out_width * out_step;
      do {
        // The last pixel of an odd row is computed twice, to the same place.
        let single = !pairs || output + out_step == row_end;
        let first = patch + 16;
        let step = bytes;
        if (direct) {
          first = input + (top * width + left) * channels * 2;
          step = stride_width * channels * 2;
        } else {
          let end = first + (single ? bytes : 2 * bytes);
          for (let at = first, x = left; at < end; at += bytes, x += stride_width) {
            // An int16 channel is two of bytes, and the zero point is 0 in both.
            inline.always(
              gather_patch(
                at,
                input,
                height,
                width,
                channels * 2,
                channels * 2,
                top,
                x,
                kernel_height,
                kernel_width,
                dilation_height,
                dilation_width,
                0,
              ),
            );
          }
        }
        if (pairs) {
          inline.always(
            dot_two_pixels_s16(
              first,
              single ? 0 : step,
              bytes,
              weights,
              output,
              single ? 0 : out_step,
              filters,
              channel_parameters,
              exponent,
              activation_min,
              activation_max,
              patch,
            ),
          );
        } else if (!exponent) {
          inline.always(
            dot_long_pixel_s16(
              first,
              bytes,
              weights,
              output,
              filters,
              channel_parameters,
              activation_min,
              activation_max,
              patch,
            ),
          );
        } else {
          inline.always(
            dot_one_pixel_s16(
              first,
              bytes,
              weights,
              output,
              filters,
              channel_parameters,
              exponent,
              activation_min,
              activation_max,
              patch,
            ),
          );
        }
        output += single ? out_step : 2 * out_step;
        left += single ? stride_width : 2 * stride_width;
      } while (output < row_end);
      top += stride_height;
    }
    input += height * width * channels * 2;
  }
}

/** All filters of two pixels of `bytes` bytes, the second `step` bytes after the first; outputs are `output_step` apart. */
function dot_two_pixels_s16(
  first: usize,
  step: i32,
  bytes: i32,
  weights: usize,
  output: usize,
  output_step: i32,
  filters: i32,
  parameters: usize,
  exponent: i32,
  low: i32,
  high: i32,
  tail: usize,
): void {
  let first_end = first + bytes;
  do {
    let a0 = v128.load(parameters);
    let a1 = v128.load(parameters, 32);
    let b0 = a0;
    let b1 = a1;
    let x = first;
    do {
      let xa = v128.load(x);
      let xb = v128.load(x + step);
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
      x += 16;
      weights += 64;
    } while (x < first_end);
    filters -= 8;
    store_filters(output, a0, a1, parameters, exponent, low, high, filters, tail);
    store_filters(output + output_step, b0, b1, parameters, exponent, low, high, filters, tail);
    parameters += 64;
    output += 16;
  } while (filters > 0);
}

/** All filters of one pixel of `bytes` bytes. */
function dot_one_pixel_s16(
  first: usize,
  bytes: i32,
  weights: usize,
  output: usize,
  filters: i32,
  parameters: usize,
  exponent: i32,
  low: i32,
  high: i32,
  tail: usize,
): void {
  let first_end = first + bytes;
  do {
    let a0 = v128.load(parameters);
    let a1 = v128.load(parameters, 32);
    let b0 = i32x4.splat(0);
    let b1 = b0;
    let x = first;
    do {
      let values = v128.load(x);
      let pair = v128.shuffle<i32>(values, values, 0, 0, 0, 0);
      a0 = i32x4.add(a0, i32x4.dot_i16x8_s(pair, v128.load_ext<i8>(weights)));
      a1 = i32x4.add(a1, i32x4.dot_i16x8_s(pair, v128.load_ext<i8>(weights, 8)));
      pair = v128.shuffle<i32>(values, values, 1, 1, 1, 1);
      b0 = i32x4.add(b0, i32x4.dot_i16x8_s(pair, v128.load_ext<i8>(weights, 16)));
      b1 = i32x4.add(b1, i32x4.dot_i16x8_s(pair, v128.load_ext<i8>(weights, 24)));
      pair = v128.shuffle<i32>(values, values, 2, 2, 2, 2);
      a0 = i32x4.add(a0, i32x4.dot_i16x8_s(pair, v128.load_ext<i8>(weights, 32)));
      a1 = i32x4.add(a1, i32x4.dot_i16x8_s(pair, v128.load_ext<i8>(weights, 40)));
      pair = v128.shuffle<i32>(values, values, 3, 3, 3, 3);
      b0 = i32x4.add(b0, i32x4.dot_i16x8_s(pair, v128.load_ext<i8>(weights, 48)));
      b1 = i32x4.add(b1, i32x4.dot_i16x8_s(pair, v128.load_ext<i8>(weights, 56)));
      x += 16;
      weights += 64;
    } while (x < first_end);
    filters -= 8;
    let sums0 = i32x4.add(a0, b0);
    let sums1 = i32x4.add(a1, b1);
    inline.always(store_filters(output, sums0, sums1, parameters, exponent, low, high, filters, tail));
    parameters += 64;
    output += 16;
  } while (filters > 0);
}

/** Scales the sums of eight filters and stores them: all where `left` ≥ 0 filters follow, else 8 + `left` of them. */
export function store_filters(
  output: usize,
  sums0: v128,
  sums1: v128,
  parameters: usize,
  exponent: i32,
  low: i32,
  high: i32,
  left: i32,
  tail: usize,
): void {
  let values = inline.always(
    pack_int16(
      inline.always(requantize_wide_lanes(sums0, v128.load(parameters, 16), exponent)),
      inline.always(requantize_wide_lanes(sums1, v128.load(parameters, 48), exponent)),
      low,
      high,
    ),
  );
  if (left >= 0) {
    v128.store(output, values);
  } else {
    v128.store(tail, values);
    copy_bytes(output, tail, (left + 8) * 2);
  }
}
