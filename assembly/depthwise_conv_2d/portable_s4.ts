/**
 * int8 depthwise convolution with int4 weights, scalar: two channels a byte, summed together (TFLite reference:
 * integer_ops/depthwise_conv.h, after its unpacking of int4).
 */

import { load_bias_s4, store_output_s4 } from "../conv_2d/portable_s4";
import { gather_window } from "./portable";

/**
 * As depthwise_conv_2d_s8, but for constants. `weights`: [kernel_height, kernel_width, ⌈filters / 2⌉] bytes, the first of two
 * filters in the low half; where they are odd, one byte behind the last channel is read, and its sum dropped.
 * `biases`, `bias_bytes`, `factors`, `multiplier`, `exponent`: as in conv_2d_s4.
 */
export function depthwise_conv_2d_s4(
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
  biases: usize,
  bias_bytes: i32,
  factors: usize,
  multiplier: i32,
  exponent: i32,
  right_only: i32,
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
            inline.always(
              gather_window(
                patch,
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
            window = patch;
            column_step = channels;
            row_step = kernel_width * channels;
          }
        }
        inline.always(
          sum_window_s4(
            window,
            row_step,
            column_step,
            weights,
            output,
            filters,
            multiplicity,
            kernel_height,
            kernel_width,
            biases,
            bias_bytes,
            factors,
            multiplier,
            exponent,
            right_only,
            output_zero_point,
            activation_min,
            activation_max,
          ),
        );
        output += filters;
        left += stride_width;
      }
      top += stride_height;
    }
    input += height * width * channels;
  }
}

/** All output channels of one pixel, two at a time. */
function sum_window_s4(
  window: usize,
  row_step: i32,
  column_step: i32,
  weights: usize,
  output: usize,
  filters: i32,
  multiplicity: i32,
  kernel_height: i32,
  kernel_width: i32,
  biases: usize,
  bias_bytes: i32,
  factors: usize,
  multiplier: i32,
  exponent: i32,
  right_only: i32,
  zero_point: i32,
  low: i32,
  high: i32,
): void {
  let weights_step = (filters + 1) >> 1;
  for (let filter = 0; filter < filters; filter += 2) {
    // The channels of the two filters.
    let first = filter / multiplicity;
    let second = (filter + 1) / multiplicity - first;
    let a0 = 0;
    let a1 = 0;
    let w = weights + (filter >> 1);
    let row = window + first;
    let row_end = row + kernel_height * row_step;
    do {
      let x = row;
      let x_end = row + kernel_width * column_step;
      do {
        let pair = <i32>load<i8>(w);
        a0 += <i32>load<i8>(x) * ((pair << 28) >> 28);
        a1 += <i32>load<i8>(x + second) * (pair >> 4);
        x += column_step;
        w += weights_step;
      } while (x < x_end);
      row += row_step;
    } while (row < row_end);
    for (let at = filter; at < min(filter + 2, filters); at++) {
      inline.always(
        store_output_s4(
          output + at,
          a0 + load_bias_s4(biases + at * bias_bytes, bias_bytes),
          factors + at * 4,
          factors + filters * 4 + at,
          multiplier,
          exponent,
          right_only,
          zero_point,
          low,
          high,
        ),
      );
      a0 = a1;
    }
  }
}
