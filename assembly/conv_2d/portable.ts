/**
 * int8 convolution and fully connected layers, scalar: each output pixel's patch of input becomes one run of
 * bytes, which is then multiplied with every filter (TFLite reference: integer_ops/conv.h).
 */

import { copy_bytes, fill_bytes } from "../bytes";
import { clamp, requantize, requantize_once, requantize_right } from "../fixed_point";

/**
 * NHWC input and output, int8. `weights`: per group, tiles of 4 filters interleaved value by value where `tiled`,
 * the remaining filters one after another; each filter is a run of `kernel_height` × `kernel_width` × `channels` / `groups`.
 * `channel_parameters`: int32 bias[filters] with the input's zero point folded in; then, unless `multiplier` (per
 * tensor) is given, int32 multiplier[filters] and int8 exponent[filters]: the right shift, in [-30, 31].
 * `right_only` 1: every exponent is at least 1; 2: sums are rounded once instead of twice. `direct`: each patch is already one run of the input, so `patch`
 * (scratch of a patch's bytes) is not used.
 */
export function conv_2d_s8(
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
            dot_filters_s8(
              patch,
              depth,
              weights + group * group_filters * depth,
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

/** Copies the input under one output pixel into `patch`, with the zero point where it lies outside. */
export function gather_patch(
  patch: usize,
  input: usize,
  height: i32,
  width: i32,
  channels: i32,
  group_channels: i32,
  top: i32,
  left: i32,
  kernel_height: i32,
  kernel_width: i32,
  dilation_height: i32,
  dilation_width: i32,
  zero_point: i32,
): void {
  let y = top;
  let y_end = top + kernel_height * dilation_height;
  do {
    // As unsigned numbers, rows above the input are beyond its height too.
    let inside_y = <u32>y < <u32>height;
    if (dilation_width == 1 && group_channels == channels) {
      let before = inside_y ? min(max(-left, 0), kernel_width) : kernel_width;
      let after = min(max(left + kernel_width - width, 0), kernel_width - before);
      let run = (kernel_width - before - after) * channels;
      fill_bytes(patch, zero_point, before * channels);
      patch += before * channels;
      copy_bytes(patch, input + (y * width + left + before) * channels, run);
      patch += run;
      fill_bytes(patch, zero_point, after * channels);
      patch += after * channels;
    } else {
      let x = left;
      let x_end = left + kernel_width * dilation_width;
      do {
        if (inside_y && <u32>x < <u32>width)
          copy_bytes(patch, input + (y * width + x) * channels, group_channels);
        else fill_bytes(patch, zero_point, group_channels);
        patch += group_channels;
        x += dilation_width;
      } while (x < x_end);
    }
    y += dilation_height;
  } while (y < y_end);
}

/** Multiplies a patch of `depth` values with `count` filters, the first of which has index `first` of `filters`. */
function dot_filters_s8(
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
      if (depth & 3) {
        let odd_end = patch + (depth & 3);
        do {
          let value = <i32>load<i8>(x);
          a0 += value * load<i8>(weights);
          a1 += value * load<i8>(weights, 1);
          a2 += value * load<i8>(weights, 2);
          a3 += value * load<i8>(weights, 3);
          x += 1;
          weights += 4;
        } while (x < odd_end);
      }
      if (depth >= 4) {
        do {
          let value = <i32>load<i8>(x);
          a0 += value * load<i8>(weights);
          a1 += value * load<i8>(weights, 1);
          a2 += value * load<i8>(weights, 2);
          a3 += value * load<i8>(weights, 3);
          value = <i32>load<i8>(x, 1);
          a0 += value * load<i8>(weights, 4);
          a1 += value * load<i8>(weights, 5);
          a2 += value * load<i8>(weights, 6);
          a3 += value * load<i8>(weights, 7);
          value = <i32>load<i8>(x, 2);
          a0 += value * load<i8>(weights, 8);
          a1 += value * load<i8>(weights, 9);
          a2 += value * load<i8>(weights, 10);
          a3 += value * load<i8>(weights, 11);
          value = <i32>load<i8>(x, 3);
          a0 += value * load<i8>(weights, 12);
          a1 += value * load<i8>(weights, 13);
          a2 += value * load<i8>(weights, 14);
          a3 += value * load<i8>(weights, 15);
          x += 4;
          weights += 16;
        } while (x < patch_end);
      }
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
      acc += <i32>load<i8>(x) * load<i8>(weights);
      x += 1;
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

/** Requantizes an accumulator by the factor of its channel (or `multiplier`, if given) and stores one int8. */
export function store_output(
  output: usize,
  acc: i32,
  multipliers: usize,
  exponents: usize,
  multiplier: i32,
  exponent: i32,
  right_only: i32,
  zero_point: i32,
  low: i32,
  high: i32,
): void {
  if (!multiplier) {
    multiplier = load<i32>(multipliers);
    exponent = <i32>load<i8>(exponents);
  }
  let scaled =
    right_only == 2
      ? requantize_once(acc, multiplier, exponent)
      : right_only
        ? requantize_right(acc, multiplier, exponent)
        : requantize(acc, multiplier, -exponent);
  store<i8>(output, clamp(scaled + zero_point, low, high));
}
