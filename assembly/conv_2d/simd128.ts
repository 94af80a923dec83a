/**
 * int8 convolution and fully connected layers with SIMD128: two or four pixels and eight filters at a time, so that each
 * vector lane sums one filter and nothing is added across lanes.
 */

import { gather_patch } from "./portable";
import { dot_four_pixels, dot_two_pixels } from "./simd128_tiles";

/**
 * Parameters as in conv_2d_s8, but one group, and packed for lanes: `weights` are tiles of 8 filters, in each of
 * them pairs of values k, k + 1 of filter 0 to 7, `depth` padded with zeros to a multiple of 8 and filters to one of
 * 8. `channel_parameters`: for each tile of 4 filters int32 bias[4], multiplier[4] and power[4], which
 * requantize_lanes explains together with `uniform_exponent` (0: none); every exponent is at least 1. `patch`: scratch of
 * 16 bytes for the last filters and, unless `direct`, a patch for each pixel of
 * a tile: four pixels where `quads` (`out_width` is a multiple of 4), else two. Reads up to 7 bytes beyond a pixel, which meet zero
 * weights.
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
  quads: i32,
  patch: usize,
): void {
  let depth = (kernel_height * kernel_width * channels + 7) & ~7;
  let tile = quads ? 4 : 2;
  for (let batch = 0; batch < batches; batch++) {
    let top = -pad_top;
    for (let out_y = 0; out_y < out_height; out_y++) {
      let left = -pad_left;
      let row_end = output + out_width * filters;
      do {
        // The last pixel of an odd row is computed twice, to the same place.
        let single = !quads && output + filters == row_end;
        let first = patch + 16;
        let step = depth;
        if (direct) {
          first = input + (top * width + left) * channels;
          step = stride_width * channels;
        } else {
          let end = first + (single ? depth : tile * depth);
          for (let at = first, x = left; at < end; at += depth, x += stride_width) {
            inline.always(
              gather_patch(
                at,
                input,
                height,
                width,
                channels,
                channels,
                top,
                x,
                kernel_height,
                kernel_width,
                dilation_height,
                dilation_width,
                input_zero_point,
              ),
            );
          }
        }
        if (quads) {
          inline.always(
            dot_four_pixels(
              first,
              step,
              depth,
              weights,
              output,
              filters,
              channel_parameters,
              uniform_exponent,
              output_zero_point,
              activation_min,
              activation_max,
              patch,
            ),
          );
        } else {
          inline.always(
            dot_two_pixels(
              first,
              single ? 0 : step,
              depth,
              weights,
              output,
              single ? 0 : filters,
              filters,
              channel_parameters,
              uniform_exponent,
              output_zero_point,
              activation_min,
              activation_max,
              patch,
            ),
          );
        }
        output += single ? filters : tile * filters;
        left += tile * stride_width;
      } while (output < row_end);
      top += stride_height;
    }
    input += height * width * channels;
  }
}
