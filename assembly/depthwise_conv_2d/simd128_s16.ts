/** 16x8 depthwise convolution with SIMD128: eight channels at a time, where every sum fits 32 bits. */

import { store_filters } from "../conv_2d/simd128_s16";
import { gather_window } from "./portable";

/**
 * Parameters as in depthwise_conv_2d_s16, with one output channel for each input channel, and packed for lanes:
 * `weights` are tiles of 8 channels, each [kernel_height, kernel_width, 8], channels padded with zeros;
 * `channel_parameters` and `exponent` as in conv_2d_s16_simd128. `patch`: scratch of 16 bytes for the last channels and,
 * where `padded`, a window. Reads up to 14 bytes beyond a pixel, which meet zero weights.
 */
export function depthwise_conv_2d_s16_simd128(
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
  exponent: i32,
  activation_min: i32,
  activation_max: i32,
  padded: i32,
  patch: usize,
): void {
  let pixel = channels * 2;
  for (let batch = 0; batch < batches; batch++) {
    let top = -pad_top;
    for (let out_y = 0; out_y < out_height; out_y++) {
      let left = -pad_left;
      for (let out_x = 0; out_x < out_width; out_x++) {
        let window = input + (top * width + left) * pixel;
        let row_step = dilation_height * width * pixel;
        let column_step = dilation_width * pixel;
        if (padded) {
          let bottom = top + (kernel_height - 1) * dilation_height;
          let right = left + (kernel_width - 1) * dilation_width;
          if (top < 0 || left < 0 || bottom >= height || right >= width) {
            window = patch + 16;
            // An int16 channel is two of bytes, and the zero point is 0 in both.
            inline.always(
              gather_window(
                window,
                input,
                height,
                width,
                pixel,
                top,
                left,
                kernel_height,
                kernel_width,
                dilation_height,
                dilation_width,
                0,
              ),
            );
            column_step = pixel;
            row_step = kernel_width * pixel;
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
            exponent,
            activation_min,
            activation_max,
            patch,
          ),
        );
        output += pixel;
        left += stride_width;
      }
      top += stride_height;
    }
    input += height * width * pixel;
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
  exponent: i32,
  low: i32,
  high: i32,
  tail: usize,
): void {
  do {
    let a0 = v128.load(parameters);
    let a1 = v128.load(parameters, 32);
    let row = window;
    let row_end = window + kernel_height * row_step;
    do {
      let x = row;
      let x_end = row + kernel_width * column_step;
      do {
        let values = v128.load(x);
        let factors = v128.load_ext<i8>(weights);
        a0 = i32x4.add(a0, i32x4.extmul_low_i16x8_s(values, factors));
        a1 = i32x4.add(a1, i32x4.extmul_high_i16x8_s(values, factors));
        x += column_step;
        weights += 8;
      } while (x < x_end);
      row += row_step;
    } while (row < row_end);
    channels -= 8;
    inline.always(store_filters(output, a0, a1, parameters, exponent, low, high, channels, tail));
    parameters += 64;
    output += 16;
    window += 16;
  } while (channels > 0);
}
