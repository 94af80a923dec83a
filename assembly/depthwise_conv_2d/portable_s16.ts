/**
 * 16x8 depthwise convolution, scalar: int16 activations, int8 weights, channels innermost (TFLite reference:
 * integer_ops/depthwise_conv.h).
 */

import { load_bias, store_output_s16 } from "../conv_2d/portable_s16";
import { gather_window } from "./portable";

/**
 * NHWC input and output, int16 with zero points of 0; output channel o reads input channel o / `multiplicity`.
 * `weights`: [kernel_height, kernel_width, filters]; the products of a window can be added up in 32 bits.
 * `channel_parameters`, `wide_bias`, `multiplier`, `exponent`: as in conv_2d_s16, for sums that are rounded once.
 * `padded`, `patch`: as in depthwise_conv_2d_s8, with two bytes a value.
 */
export function depthwise_conv_2d_s16(
  input: usize,
  height: i32,
  width: i32,
  channels: i32,
  output: usize,
  out_height: i32,
  out_width: i32,
  filters: i32,
  multiplicity: i32,
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
  wide_bias: i32,
  multiplier: i32,
  exponent: i32,
  activation_min: i32,
  activation_max: i32,
  padded: i32,
  patch: usize,
  tiled: i32,
): void {
  for (let batch = 0; batch < batches; batch++) {
    let top = -pad_top;
    for (let out_y = 0; out_y < out_height; out_y++) {
      let left = -pad_left;
      for (let out_x = 0; out_x < out_width; out_x++) {
        let window = input + (top * width + left) * channels * 2;
        let row_step = dilation_height * width * channels * 2;
        let column_step = dilation_width * channels * 2;
        if (padded) {
          let bottom = top + (kernel_height - 1) * dilation_height;
          let right = left + (kernel_width - 1) * dilation_width;
          if (top < 0 || left < 0 || bottom >= height || right >= width) {
            // An int16 channel is two of bytes, and the zero point is 0 in both.
            inline.always(
              gather_window(
                patch,
                input,
                height,
                width,
                channels * 2,
                top,
                left,
                kernel_height,
                kernel_width,
                dilation_height,
                dilation_width,
                0,
              ),
            );
            window = patch;
            column_step = channels * 2;
            row_step = kernel_width * channels * 2;
          }
        }
        inline.always(
          sum_window_s16(
            window,
            row_step,
            column_step,
            weights,
            output,
            filters,
            multiplicity,
            kernel_height,
            kernel_width,
            channel_parameters,
            wide_bias,
            multiplier,
            exponent,
            activation_min,
            activation_max,
            tiled,
          ),
        );
        output += filters * 2;
        left += stride_width;
      }
      top += stride_height;
    }
    input += height * width * channels * 2;
  }
}

/** All output channels of one pixel. */
function sum_window_s16(
  window: usize,
  row_step: i32,
  column_step: i32,
  weights: usize,
  output: usize,
  filters: i32,
  multiplicity: i32,
  kernel_height: i32,
  kernel_width: i32,
  channel_parameters: usize,
  wide_bias: i32,
  multiplier: i32,
  exponent: i32,
  low: i32,
  high: i32,
  tiled: i32,
): void {
  let end = output + filters * 2;
  let bias = channel_parameters;
  let m = bias + (filters << (2 + wide_bias));
  let e = m + filters * 2;
  let bias_step = 4 << wide_bias;
  if (tiled && multiplicity == 1) {
    while (output + 8 <= end) {
      let a0 = 0;
      let a1 = 0;
      let a2 = 0;
      let a3 = 0;
      let w = weights;
      let row = window;
      let row_end = window + kernel_height * row_step;
      do {
        let x = row;
        let x_end = row + kernel_width * column_step;
        do {
          a0 += <i32>load<i16>(x) * load<i8>(w);
          a1 += <i32>load<i16>(x, 2) * load<i8>(w, 1);
          a2 += <i32>load<i16>(x, 4) * load<i8>(w, 2);
          a3 += <i32>load<i16>(x, 6) * load<i8>(w, 3);
          x += column_step;
          w += filters;
        } while (x < x_end);
        row += row_step;
      } while (row < row_end);
      let s0 = load_bias(bias, wide_bias) + <i64>a0;
      let s1 = load_bias(bias + bias_step, wide_bias) + <i64>a1;
      let s2 = load_bias(bias + 2 * bias_step, wide_bias) + <i64>a2;
      let s3 = load_bias(bias + 3 * bias_step, wide_bias) + <i64>a3;
      store_output_s16(output, s0, m, e, multiplier, exponent, 0, low, high);
      store_output_s16(output + 2, s1, m + 2, e + 1, multiplier, exponent, 0, low, high);
      store_output_s16(output + 4, s2, m + 4, e + 2, multiplier, exponent, 0, low, high);
      store_output_s16(output + 6, s3, m + 6, e + 3, multiplier, exponent, 0, low, high);
      output += 8;
      bias += 4 * bias_step;
      m += 8;
      e += 4;
      window += 8;
      weights += 4;
    }
  }
  let copies = multiplicity;
  while (output < end) {
    let acc = 0;
    let w = weights;
    let row = window;
    let row_end = window + kernel_height * row_step;
    do {
      let x = row;
      let x_end = row + kernel_width * column_step;
      do {
        acc += <i32>load<i16>(x) * load<i8>(w);
        x += column_step;
        w += filters;
      } while (x < x_end);
      row += row_step;
    } while (row < row_end);
    let sum = load_bias(bias, wide_bias) + <i64>acc;
    inline.always(store_output_s16(output, sum, m, e, multiplier, exponent, 0, low, high));
    output += 2;
    bias += bias_step;
    m += 2;
    e += 1;
    weights += 1;
    if (multiplicity == 1) {
      window += 2;
    } else {
      copies -= 1;
      if (!copies) {
        copies = multiplicity;
        window += 2;
      }
    }
  }
}
