/** int8 convolution and fully connected layers with int4 weights and relaxed SIMD. */

import { convolve_relaxed } from "./relaxed_tiles";

/**
 * Parameters as in conv_2d_s8_relaxed_7, but for `weights`: two stand in a byte, each raised by 8, that of one of the first four
 * filters of a tile in the low half, that of the filter four further in the high one.
 */
export function conv_2d_s4_relaxed(
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
  uniform_exponent: i32,
  input_zero_point: i32,
  output_zero_point: i32,
  activation_min: i32,
  activation_max: i32,
  direct: i32,
  patch: usize,
): void {
  inline.always(
    convolve_relaxed(
      input,
      height,
      width,
      channels,
      output,
      out_height,
      out_width,
      filters,
      batches,
      kernel_height,
      kernel_width,
      stride_height,
      stride_width,
      dilation_height,
      dilation_width,
      pad_top,
      pad_left,
      weights,
      channel_parameters,
      uniform_exponent,
      input_zero_point,
      output_zero_point,
      activation_min,
      activation_max,
      direct,
      patch,
      4,
    ),
  );
}
