/**
 * int8 transposed convolution, scalar: each output pixel gathers the input pixels that reach it, so that nothing is
 * multiplied with the zeros in between and no sums are kept aside (TFLite reference: integer_ops/transpose_conv.h, which
 * scatters instead).
 */

import { store_output } from "../conv_2d/portable";

/**
 * NHWC input and output, int8. Input pixel (y, x) reaches output rows y · `stride_height` − `pad_top` + ky and columns
 * likewise; pads are at least 0. `weights`: tiles of 4 filters interleaved value by value where `tiled`, the remaining
 * filters one after another; each is [kernel_height, kernel_width, channels], with the columns of a row in the order of
 * their remainder modulo `stride_width`, equal ones from right to left, so that all that meet an input row are one run.
 * `channel_parameters`, `multiplier`, `exponent`, `right_only`: as in conv_2d_s8, but for the zero point in the bias.
 */
export function transpose_conv_s8(
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
  tiled: i32,
): void {
  // A row's columns by their remainder modulo the stride: each has `quotient` of them, the first `remainder` one more.
  let quotient = kernel_width / stride_width;
  let remainder = kernel_width % stride_width;
  for (let batch = 0; batch < batches; batch++) {
    let y = pad_top;
    for (let out_y = 0; out_y < out_height; out_y++) {
      // Input rows [top, bottom) reach this one: `top` with kernel row y − top · stride, each next with one a stride above.
      let top = y < kernel_height ? 0 : (y - kernel_height) / stride_height + 1;
      let bottom = min(y / stride_height + 1, height);
      let x = pad_left;
      for (let out_x = 0; out_x < out_width; out_x++) {
        let last = x / stride_width;
        let left = x < kernel_width ? 0 : (x - kernel_width) / stride_width + 1;
        let right = min(last + 1, width);
        // Input column `last` meets the last weight of its remainder, so count back from where the next one's start.
        let next = x - last * stride_width + 1;
        let column = next * quotient + min(next, remainder) - 1 - last + left;
        inline.always(
          sum_taps_s8(
            input + (top * width + left) * channels,
            width * channels,
            bottom - top,
            (right - left) * channels,
            weights,
            ((y - top * stride_height) * kernel_width + column) * channels,
            stride_height * kernel_width * channels,
            kernel_height * kernel_width * channels,
            output,
            filters,
            channel_parameters,
            multiplier,
            exponent,
            right_only,
            input_zero_point,
            output_zero_point,
            activation_min,
            activation_max,
            tiled,
          ),
        );
        output += filters;
        x += 1;
      }
      y += 1;
    }
    input += height * width * channels;
  }
}

/**
 * All output channels of one pixel: `rows` runs of `run` input values (none where either is not positive) times runs of
 * weights, the first of which starts at `tap` in each filter, each next `tap_step` before the one above it.
 */
function sum_taps_s8(
  window: usize,
  row_step: i32,
  rows: i32,
  run: i32,
  weights: usize,
  tap: i32,
  tap_step: i32,
  depth: i32,
  output: usize,
  filters: i32,
  channel_parameters: usize,
  multiplier: i32,
  exponent: i32,
  right_only: i32,
  input_zero_point: i32,
  zero_point: i32,
  low: i32,
  high: i32,
  tiled: i32,
): void {
  let bias = channel_parameters;
  let e = channel_parameters + filters * 8;
  let end = output + filters;
  let window_end = window + rows * row_step;
  if (tiled) {
    while (output + 4 <= end) {
      let a0 = load<i32>(bias);
      let a1 = load<i32>(bias, 4);
      let a2 = load<i32>(bias, 8);
      let a3 = load<i32>(bias, 12);
      let row = window;
      let w_row = weights + tap * 4;
      while (row < window_end) {
        let x = row;
        let x_end = row + run;
        let w = w_row;
        while (x < x_end) {
          let value = <i32>load<i8>(x) - input_zero_point;
          a0 += value * load<i8>(w);
          a1 += value * load<i8>(w, 1);
          a2 += value * load<i8>(w, 2);
          a3 += value * load<i8>(w, 3);
          x += 1;
          w += 4;
        }
        row += row_step;
        w_row -= tap_step * 4;
      }
      let m = bias + filters * 4;
      store_output(output, a0, m, e, multiplier, exponent, right_only, zero_point, low, high);
      store_output(output + 1, a1, m + 4, e + 1, multiplier, exponent, right_only, zero_point, low, high);
      store_output(output + 2, a2, m + 8, e + 2, multiplier, exponent, right_only, zero_point, low, high);
      store_output(output + 3, a3, m + 12, e + 3, multiplier, exponent, right_only, zero_point, low, high);
      output += 4;
      bias += 16;
      e += 4;
      weights += depth * 4;
    }
  }
  while (output < end) {
    let acc = load<i32>(bias);
    let row = window;
    let w_row = weights + tap;
    while (row < window_end) {
      let x = row;
      let x_end = row + run;
      let w = w_row;
      while (x < x_end) {
        acc += (<i32>load<i8>(x) - input_zero_point) * load<i8>(w);
        x += 1;
        w += 1;
      }
      row += row_step;
      w_row -= tap_step;
    }
    inline.always(
      store_output(
        output,
        acc,
        bias + filters * 4,
        e,
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
    e += 1;
    weights += depth;
  }
}
