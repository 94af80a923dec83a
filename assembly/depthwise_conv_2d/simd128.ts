/** int8 depthwise convolution with SIMD128: eight channels at a time. */

import { copy_bytes } from "../bytes";
import { pack_pixels, requantize_lanes } from "../fixed_point_simd128";
import { gather_window } from "./portable";

/**
 * Parameters as in depthwise_conv_2d_s8, with one output channel for each input channel, and packed for lanes:
 * `weights` are tiles of 8 channels, each [kernel_height, kernel_width, 8], channels padded with zeros;
 * `channel_parameters` and `uniform_exponent` as in conv_2d_s8_simd128. `patch`: scratch of 16 bytes for the last
 * channels and, where `padded`, a window. Reads up to 7 bytes beyond a pixel, which meet zero weights.
 */
export function depthwise_conv_2d_s8_simd128(
  input: usize,
  height: i32,
  width: i32,
  channels: i32,
  output: usize,
  out_height: i32,
  out_width: i32,
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
  uniform_exponent: i32,
  input_zero_point: i32,
  output_zero_point: i32,
  activation_min: i32,
  activation_max: i32,
  padded: i32,
  patch: usize,
): void {
  for (let batch = 0; batch < batches; batch++) {
    let top = -pad_top;
    for (let out_y = 0; out_y < out_height; out_y++) {
      let left = -pad_left;
      for (let out_x = 0; out_x < out_width; out_x++) {
        let window = input + (top * width + left) * channels;
        let row_step = dilation_height * width * channels;
        let column_step = dilation_width * channels;
        if (padded) {
          let bottom = top + (kernel_height - 1) * dilation_height;
          let right = left + (kernel_width - 1) * dilation_width;
          if (top < 0 || left < 0 || bottom >= height || right >= width) {
            window = patch + 16;
            inline.always(
              gather_window(
                window,
                input,
                height,
                width,
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
            column_step = channels;
            row_step = kernel_width * channels;
          }
        }
        inline.always(
          sum_window(
            window,
            row_step,
            column_step,
            weights,
            output,
            channels,
            kernel_height,
            kernel_width,
            channel_parameters,
            uniform_exponent,
            output_zero_point,
            activation_min,
            activation_max,
            patch,
          ),
        );
        output += channels;
        left += stride_width;
      }
      top += stride_height;
    }
    input += height * width * channels;
  }
}

/** All channels of one pixel. */
function sum_window(
  window: usize,
  row_step: i32,
  column_step: i32,
  weights: usize,
  output: usize,
  channels: i32,
  kernel_height: i32,
  kernel_width: i32,
  parameters: usize,
  uniform_exponent: i32,
  zero_point: i32,
  low: i32,
  high: i32,
  tail: usize,
): void {
  do {
    let a0 = v128.load(parameters);
    let a1 = v128.load(parameters, 48);
    let row = window;
    let row_end = window + kernel_height * row_step;
    do {
      let x = row;
      let x_end = row + kernel_width * column_step;
      do {
        let values = v128.load_ext<i8>(x);
        let factors = v128.load_ext<i8>(weights);
        a0 = i32x4.add(a0, i32x4.extmul_low_i16x8_s(values, factors));
        a1 = i32x4.add(a1, i32x4.extmul_high_i16x8_s(values, factors));
        x += column_step;
        weights += 8;
      } while (x < x_end);
      row += row_step;
    } while (row < row_end);
    let r0 = inline.always(requantize_lanes(a0, parameters, uniform_exponent));
    let r1 = inline.always(requantize_lanes(a1, parameters + 48, uniform_exponent));
    let bytes = inline.always(pack_pixels(r0, r1, r0, r1, zero_point, low, high));
    parameters += 96;
    channels -= 8;
    if (channels >= 0) {
      v128.store_lane<i64>(output, bytes, 0);
      output += 8;
      window += 8;
    } else {
      v128.store(tail, bytes);
      copy_bytes(output, tail, channels + 8);
    }
  } while (channels > 0);
}
