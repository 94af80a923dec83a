/** int8 convolution and fully connected layers with relaxed SIMD, for all weights but neighbours of −128. */

import { convolve_relaxed } from "./relaxed_tiles";

/**
 * Parameters as in conv_2d_s8, but one group, and packed for lanes: `weights` are tiles of 8 filters, in each of them four values
 * k to k + 3 of filter 0 to 7, `depth` padded with zeros to a multiple of 4 and filters to one of 8. `channel_parameters`: for
 * each tile of 4 filters int32 bias[4], what requantize_lanes reads behind it, and −128 · Σ weights for machines whose dot
 * products take activations as unsigned. `uniform_exponent`: see there. `direct`: no window reaches beyond the input, and each
 * is one run of it. `patch`: scratch of `depth` rounded up to a multiple of 16 bytes for each pixel of a tile, four or as many
 * as there are, and 16 bytes more. Reads up to 15 bytes beyond the input. Values 2k and 2k + 1 of a filter are not both −128: ARM cores without a dot product would overflow.
 */
export function conv_2d_s8_relaxed(
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
      8,
    ),
  );
}
