/**
 * 16x8 transposed convolution, scalar: int16 activations, int8 weights, int64 sums (TFLite reference:
 * integer_ops/transpose_conv.h). As in transpose_conv_s8, each output pixel gathers the input pixels that reach it.
 */

import { load_bias, store_output_s16 } from "../conv_2d/portable_s16";

/** Bytes of the 510 input values whose products can be added up in 32 bits: 510 · 2^7 · 2^15 is below 2^31. */
const RUN_BYTES: i32 = 1020;

/**
 * NHWC input and output, int16 with zero points of 0. Geometry and `weights`: as in transpose_conv_s8.
 * `channel_parameters`, `wide_bias`, `multiplier`, `exponent`: as in conv_2d_s16, for sums that are rounded once.
 */
export function transpose_conv_s16(
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
  wide_bias: i32,
  multiplier: i32,
  exponent: i32,
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
          sum_taps_s16(
            input + (top * width + left) * channels * 2,
            width * channels * 2,
            bottom - top,
            (right - left) * channels * 2,
            weights,
            ((y - top * stride_height) * kernel_width + column) * channels,
            stride_height * kernel_width * channels,
            kernel_height * kernel_width * channels,
            output,
            filters,
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
        x += 1;
      }
      y += 1;
    }
    input += height * width * channels * 2;
  }
}

/**
 * All output channels of one pixel: `rows` runs of `row_bytes` of input (none where either is not positive) times runs of
 * weights, the first of which starts at `tap` in each filter, each next `tap_step` before the one above it.
 */
function sum_taps_s16(
  window: usize,
  row_step: i32,
  rows: i32,
  row_bytes: i32,
  weights: usize,
  tap: i32,
  tap_step: i32,
  depth: i32,
  output: usize,
  filters: i32,
  channel_parameters: usize,
  wide_bias: i32,
  multiplier: i32,
  exponent: i32,
  low: i32,
  high: i32,
  tiled: i32,
): void {
  let bias = channel_parameters;
  let bias_step = 4 << wide_bias;
  let m = channel_parameters + filters * bias_step;
  let e = m + filters * 2;
  let end = output + filters * 2;
  let window_end = window + rows * row_step;
  if (tiled) {
    while (output + 8 <= end) {
      let s0 = load_bias(bias, wide_bias);
      let s1 = load_bias(bias + bias_step, wide_bias);
      let s2 = load_bias(bias + 2 * bias_step, wide_bias);
      let s3 = load_bias(bias + 3 * bias_step, wide_bias);
      let row = window;
      let w_row = weights + tap * 4;
      while (row < window_end) {
        let x = row;
        let x_end = row + row_bytes;
        let w = w_row;
        while (x < x_end) {
          let stop = min(x + RUN_BYTES, x_end);
          let a0 = 0;
          let a1 = 0;
          let a2 = 0;
          let a3 = 0;
          do {
            let value = <i32>load<i16>(x);
            a0 += value * load<i8>(w);
            a1 += value * load<i8>(w, 1);
            a2 += value * load<i8>(w, 2);
            a3 += value * load<i8>(w, 3);
            x += 2;
            w += 4;
          } while (x < stop);
          s0 += <i64>a0;
          s1 += <i64>a1;
          s2 += <i64>a2;
          s3 += <i64>a3;
        }
        row += row_step;
        w_row -= tap_step * 4;
      }
      store_output_s16(output, s0, m, e, multiplier, exponent, 0, low, high);
      store_output_s16(output + 2, s1, m + 2, e + 1, multiplier, exponent, 0, low, high);
      store_output_s16(output + 4, s2, m + 4, e + 2, multiplier, exponent, 0, low, high);
      store_output_s16(output + 6, s3, m + 6, e + 3, multiplier, exponent, 0, low, high);
      output += 8;
      bias += 4 * bias_step;
      m += 8;
      e += 4;
      weights += depth * 4;
    }
  }
  while (output < end) {
    let sum = load_bias(bias, wide_bias);
    let row = window;
    let w_row = weights + tap;
    while (row < window_end) {
      let x = row;
      let x_end = row + row_bytes;
      let w = w_row;
      while (x < x_end) {
        let stop = min(x + RUN_BYTES, x_end);
        let acc = 0;
        do {
          acc += <i32>load<i16>(x) * load<i8>(w);
          x += 2;
          w += 1;
        } while (x < stop);
        sum += <i64>acc;
      }
      row += row_step;
      w_row -= tap_step;
    }
    inline.always(store_output_s16(output, sum, m, e, multiplier, exponent, 0, low, high));
    output += 2;
    bias += bias_step;
    m += 2;
    e += 1;
    weights += depth;
  }
}
