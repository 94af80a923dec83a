/**
 * int8 depthwise convolution, scalar: channels innermost, so that input and weights are read in runs (TFLite
 * reference: integer_ops/depthwise_conv.h).
 */

import { copy_bytes, fill_bytes } from "../bytes";
import { store_output } from "../conv_2d/portable";

/**
 * NHWC input and output, int8; output channel o reads input channel o / `multiplicity`. `weights`:
 * [kernel_height, kernel_width, filters]. `channel_parameters`, `multiplier`, `exponent`, `right_only`: as in
 * conv_2d_s8. `padded`: some pixels look beyond the input; their windows are copied to `patch`
 * (kernel_height × kernel_width × channels bytes), with the zero point outside, so that the sums never test.
 */
export function depthwise_conv_2d_s8(
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
  multiplier: i32,
  exponent: i32,
  right_only: i32,
  input_zero_point: i32,
  output_zero_point: i32,
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
          sum_window_s8(
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
            multiplier,
            exponent,
            right_only,
            output_zero_point,
            activation_min,
            activation_max,
            tiled,
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

/** Copies the pixels under one output pixel to `patch`, with the zero point where they lie outside. */
export function gather_window(
  patch: usize,
  input: usize,
  height: i32,
  width: i32,
  channels: i32,
  top: i32,
  left: i32,
  kernel_height: i32,
  kernel_width: i32,
  dilation_height: i32,
  dilation_width: i32,
  zero_point: i32,
): void {
  for (let ky = 0; ky < kernel_height; ky++) {
    let y = top + ky * dilation_height;
    let x = left;
    let x_end = left + kernel_width * dilation_width;
    do {
      if (<u32>y < <u32>height && <u32>x < <u32>width) {
        copy_bytes(patch, input + (y * width + x) * channels, channels);
      } else {
        fill_bytes(patch, zero_point, channels);
      }
      patch += channels;
      x += dilation_width;
    } while (x < x_end);
  }
}

/** All output channels of one pixel. */
function sum_window_s8(
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
  multiplier: i32,
  exponent: i32,
  right_only: i32,
  zero_point: i32,
  low: i32,
  high: i32,
  tiled: i32,
): void {
  let end = output + filters;
  let bias = channel_parameters;
  let e = channel_parameters + filters * 8;
  let weights_step = filters;
  if (tiled && multiplicity == 1) {
    while (output + 4 <= end) {
      let a0 = load<i32>(bias);
      let a1 = load<i32>(bias, 4);
      let a2 = load<i32>(bias, 8);
      let a3 = load<i32>(bias, 12);
      let w = weights;
      let row = window;
      let row_end = window + kernel_height * row_step;
      do {
        let x = row;
        let x_end = row + kernel_width * column_step;
        do {
          a0 += <i32>load<i8>(x) * load<i8>(w);
          a1 += <i32>load<i8>(x, 1) * load<i8>(w, 1);
          a2 += <i32>load<i8>(x, 2) * load<i8>(w, 2);
          a3 += <i32>load<i8>(x, 3) * load<i8>(w, 3);
          x += column_step;
          w += weights_step;
        } while (x < x_end);
        row += row_step;
      } while (row < row_end);
      let m = bias + filters * 4;
      store_output(output, a0, m, e, multiplier, exponent, right_only, zero_point, low, high);
      store_output(output + 1, a1, m + 4, e + 1, multiplier, exponent, right_only, zero_point, low, high);
      store_output(output + 2, a2, m + 8, e + 2, multiplier, exponent, right_only, zero_point, low, high);
      store_output(output + 3, a3, m + 12, e + 3, multiplier, exponent, right_only, zero_point, low, high);
      output += 4;
      bias += 16;
      e += 4;
      window += 4;
      weights += 4;
    }
  }
  let copies = multiplicity;
  while (output < end) {
    let acc = load<i32>(bias);
    let w = weights;
    let row = window;
    let row_end = window + kernel_height * row_step;
    do {
      let x = row;
      let x_end = row + kernel_width * column_step;
      do {
        acc += <i32>load<i8>(x) * load<i8>(w);
        x += column_step;
        w += weights_step;
      } while (x < x_end);
      row += row_step;
    } while (row < row_end);
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
    weights += 1;
    if (multiplicity == 1) {
      window += 1;
    } else {
      copies -= 1;
      if (!copies) {
        copies = multiplicity;
        window += 1;
      }
    }
  }
}
