/**
 * int8 convolution and fully connected layers with int4 weights, scalar: two weights a byte, taken apart where they are
 * multiplied (TFLite reference: integer_ops/conv.h, after its unpacking of int4).
 */

import { gather_patch, store_output } from "./portable";

/**
 * As conv_2d_s8, but for `weights`: each filter is a run of bytes, the first of two values in the low half; where a
 * filter's values are odd, the last half is 0. Where `tiled`, runs of 4 filters are interleaved byte by byte. A patch is
 * read to an even end, so that one byte behind it is multiplied with that 0.
 */
export function conv_2d_s4(
  input: usize,
  height: i32,
  width: i32,
  channels: i32,
  output: usize,
  out_height: i32,
  out_width: i32,
  filters: i32,
  groups: i32,
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
  multiplier: i32,
  exponent: i32,
  right_only: i32,
  input_zero_point: i32,
  output_zero_point: i32,
  activation_min: i32,
  activation_max: i32,
  direct: i32,
  patch: usize,
  tiled: i32,
): void {
  let group_channels = channels / groups;
  let group_filters = filters / groups;
  let depth = kernel_height * kernel_width * group_channels;
  for (let batch = 0; batch < batches; batch++) {
    let top = -pad_top;
    for (let out_y = 0; out_y < out_height; out_y++) {
      let left = -pad_left;
      for (let out_x = 0; out_x < out_width; out_x++) {
        for (let group = 0; group < groups; group++) {
          if (direct) {
            patch = input + (top * width + left) * channels;
          } else {
            inline.always(
              gather_patch(
                patch,
                input + group * group_channels,
                height,
                width,
                channels,
                group_channels,
                top,
                left,
                kernel_height,
                kernel_width,
                dilation_height,
                dilation_width,
                input_zero_point,
              ),
            );
          }
          inline.always(
            dot_filters_s4(
              patch,
              depth,
              weights + group * group_filters * ((depth + 1) >> 1),
              output,
              group_filters,
              channel_parameters,
              filters,
              group * group_filters,
              multiplier,
              exponent,
              right_only,
              output_zero_point,
              activation_min,
              activation_max,
              tiled,
            ),
          );
          output += group_filters;
        }
        left += stride_width;
      }
      top += stride_height;
    }
    input += height * width * channels;
  }
}

/** Multiplies a patch of `depth` values with `count` filters, the first of which has index `first` of `filters`. */
function dot_filters_s4(
  patch: usize,
  depth: i32,
  weights: usize,
  output: usize,
  count: i32,
  channel_parameters: usize,
  filters: i32,
  first: i32,
  multiplier: i32,
  exponent: i32,
  right_only: i32,
  zero_point: i32,
  low: i32,
  high: i32,
  tiled: i32,
): void {
  let bias = channel_parameters + first * 4;
  let end = output + count;
  let patch_end = patch + depth;
  if (tiled) {
    while (output + 4 <= end) {
      let a0 = load<i32>(bias);
      let a1 = load<i32>(bias, 4);
      let a2 = load<i32>(bias, 8);
      let a3 = load<i32>(bias, 12);
      let x = patch;
      do {
        let x0 = <i32>load<i8>(x);
        let x1 = <i32>load<i8>(x, 1);
        let w = <i32>load<i8>(weights);
        a0 += x0 * ((w << 28) >> 28) + x1 * (w >> 4);
        w = <i32>load<i8>(weights, 1);
        a1 += x0 * ((w << 28) >> 28) + x1 * (w >> 4);
        w = <i32>load<i8>(weights, 2);
        a2 += x0 * ((w << 28) >> 28) + x1 * (w >> 4);
        w = <i32>load<i8>(weights, 3);
        a3 += x0 * ((w << 28) >> 28) + x1 * (w >> 4);
        x += 2;
        weights += 4;
      } while (x < patch_end);
      let e = channel_parameters + filters * 8 + first;
      let m = bias + filters * 4;
      store_output(output, a0, m, e, multiplier, exponent, right_only, zero_point, low, high);
      store_output(output + 1, a1, m + 4, e + 1, multiplier, exponent, right_only, zero_point, low, high);
      store_output(output + 2, a2, m + 8, e + 2, multiplier, exponent, right_only, zero_point, low, high);
      store_output(output + 3, a3, m + 12, e + 3, multiplier, exponent, right_only, zero_point, low, high);
      output += 4;
      bias += 16;
      first += 4;
    }
  }
  while (output < end) {
    let acc = load<i32>(bias);
    let x = patch;
    do {
      let w = <i32>load<i8>(weights);
      acc += <i32>load<i8>(x) * ((w << 28) >> 28) + <i32>load<i8>(x, 1) * (w >> 4);
      x += 2;
      weights += 1;
    } while (x < patch_end);
    inline.always(
      store_output(
        output,
        acc,
        bias + filters * 4,
        channel_parameters + filters * 8 + first,
        multiplier,
        exponent,
        right_only,
        zero_point,
        low,
        high,
      ),
    );
    output += 1;
    bias += 4;
    first += 1;
  }
}
