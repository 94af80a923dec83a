/**
 * int8 convolution and fully connected layers with SIMD128: four pixels and eight filters at a time, so that each
 * vector lane sums one filter and nothing is added across lanes. Pixels are taken together across rows; two tiles of two
 * pixels' size at most are left.
 */

import { widen_patch, widen_run } from "./simd128_patch";
import { dot_four_pixels, dot_two_pixels } from "./simd128_tiles";

/**
 * Parameters as in conv_2d_s8, but one group, and packed for lanes: `weights` are tiles of 8 filters, in each of
 * them pairs of values k, k + 1 of filter 0 to 7, `depth` padded with zeros to an even number and filters to one of
 * 8. `channel_parameters`: for each tile of 4 filters int32 bias[4], multiplier[4] and power[4], which
 * requantize_lanes explains together with `uniform_exponent` (0: none); every exponent is at least 1. `patch`: scratch of
 * 2 · `depth` bytes for each pixel of a tile, four or as many as there are, and 16 bytes.
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
  uniform_exponent: i32,
  input_zero_point: i32,
  output_zero_point: i32,
  activation_min: i32,
  activation_max: i32,
  direct: i32,
  patch: usize,
): void {
  let depth = (kernel_height * kernel_width * channels + 1) & ~1;
  let step = 2 * depth;
  // Where windows lie one behind another, a tile of pixels is one run of the input.
  let run = direct && batches * out_height == 1 && depth == stride_width * channels;
  let rest = (batches * out_height * out_width) & 3;
  let output_end = output + batches * out_height * out_width * filters;
  let right = out_width * stride_width - pad_left;
  let bottom = out_height * stride_height - pad_top;
  let top = -pad_top;
  let left = -pad_left;
  do {
    let end = min(output + 4 * filters, output_end);
    if (run) {
      let bytes = end == output + 4 * filters ? 4 * depth : rest * depth;
      inline.always(widen_run(patch, input, bytes));
      input += bytes;
    } else {
      let at = patch;
      for (let pixel = output; pixel < end; pixel += filters) {
        inline.always(
          widen_patch(
            at,
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
            direct,
          ),
        );
        at += step;
        left += stride_width;
        if (left == right) {
          left = -pad_left;
          top += stride_height;
          if (top == bottom) {
            top = -pad_top;
            input += height * width * channels;
          }
        }
      }
    }
    if (rest == 0 || rest == 3 || end == output + 4 * filters) {
      // Where three pixels are left, a fourth is computed from what is there, and not kept.
      let last = rest == 3 && end < output + 4 * filters ? 2 * filters : 3 * filters;
      inline.always(
        dot_four_pixels(
          patch,
          step,
          depth,
          weights,
          output,
          last,
          filters,
          channel_parameters,
          uniform_exponent,
          output_zero_point,
          activation_min,
          activation_max,
        ),
      );
    } else {
      inline.always(
        dot_two_pixels(
          patch,
          step,
          depth,
          weights,
          output,
          rest == 1 ? 0 : filters,
          filters,
          channel_parameters,
          uniform_exponent,
          output_zero_point,
          activation_min,
          activation_max,
        ),
      );
    }
    output = end;
  } while (output < output_end);
}
