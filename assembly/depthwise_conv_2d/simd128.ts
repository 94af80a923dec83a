/** int8 depthwise convolution with SIMD128, row by row: the borders are in the rows that the kernels see. */

import { copy_vectors, fill_vectors } from "../bytes_simd128";
import { depthwise_row_3x3 } from "./simd128_3x3";
import { depthwise_row } from "./simd128_row";

/**
 * Parameters as in depthwise_conv_2d_s8, and packed for lanes: `channel_parameters` and `uniform_exponent` as in
 * conv_2d_s8_simd128; `weights` as in depthwise_row, their pairs of taps in the order of rows, or as in depthwise_row_3x3
 * where `shared`: 3×3 windows whose columns are as far apart as pixels. `buffered`: the window's rows are copied to scratch first,
 * with the zero point where they lie outside, and each channel as often as it has filters; a row of output is written
 * after its rows of input have been read. `scratch`: a pointer for each tap, an even number, and for each row from the window's
 * first to its last; where `buffered`, those rows, and 8 bytes. Reads up to 7 bytes beyond a pixel.
 */
export function depthwise_conv_2d_s8_simd128(
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
  uniform_exponent: i32,
  input_zero_point: i32,
  output_zero_point: i32,
  activation_min: i32,
  activation_max: i32,
  buffered: i32,
  shared: i32,
  scratch: usize,
): void {
  let taps_end = scratch + ((kernel_height * kernel_width + 1) >> 1) * 8;
  let span = (kernel_height - 1) * dilation_height + 1;
  let rows_end = taps_end + span * 4;
  let row_pixels = (out_width - 1) * stride_width + (kernel_width - 1) * dilation_width + 1;
  for (let batch = 0; batch < batches; batch++) {
    let next = -pad_top;
    let row = buffered ? rows_end : input;
    for (let at = taps_end; at < rows_end; at += 4) {
      store<usize>(at, row);
      if (buffered) {
        inline.always(
          fill_row(
            row,
            input,
            height,
            width,
            channels,
            multiplicity,
            next,
            pad_left,
            row_pixels,
            input_zero_point,
          ),
        );
        next += 1;
        row += row_pixels * filters;
      } else {
        row += width * channels;
      }
    }
    for (let out_y = 0; out_y < out_height; out_y++) {
      if (shared) {
        inline.always(
          depthwise_row_3x3(
            load<usize>(taps_end),
            load<usize>(taps_end + dilation_height * 4),
            load<usize>(taps_end + dilation_height * 8),
            stride_width * filters,
            output,
            out_width,
            filters,
            weights,
            channel_parameters,
            uniform_exponent,
            output_zero_point,
            activation_min,
            activation_max,
          ),
        );
      } else {
        inline.always(
          point_taps(scratch, taps_end, rows_end, kernel_width, dilation_height, dilation_width * filters),
        );
        inline.always(
          depthwise_row(
            scratch,
            taps_end,
            stride_width * filters,
            output,
            out_width,
            filters,
            weights,
            channel_parameters,
            uniform_exponent,
            output_zero_point,
            activation_min,
            activation_max,
          ),
        );
      }
      output += out_width * filters;
      if (!buffered) {
        for (let at = taps_end; at < rows_end; at += 4) {
          store<usize>(at, load<usize>(at) + stride_height * width * channels);
        }
      } else if (out_y < out_height - 1) {
        for (let step = 0; step < stride_height; step++) {
          row = load<usize>(taps_end);
          let at = taps_end;
          while (at < rows_end - 4) {
            store<usize>(at, load<usize>(at, 4));
            at += 4;
          }
          store<usize>(at, row);
          inline.always(
            fill_row(
              row,
              input,
              height,
              width,
              channels,
              multiplicity,
              next,
              pad_left,
              row_pixels,
              input_zero_point,
            ),
          );
          next += 1;
        }
      }
    }
    input += height * width * channels;
  }
}

/** Where the taps of the first pixel read: for each row of the window the columns; the last one twice for an odd number. */
function point_taps(
  taps: usize,
  taps_end: usize,
  rows_end: usize,
  kernel_width: i32,
  row_step: i32,
  column_step: i32,
): void {
  let at = taps;
  let x: usize = 0;
  for (let row = taps_end; row < rows_end; row += row_step * 4) {
    x = load<usize>(row);
    let end = at + kernel_width * 4;
    do {
      store<usize>(at, x);
      x += column_step;
      at += 4;
    } while (at < end);
  }
  if (at < taps_end) store<usize>(at, x - column_step);
}

/** Copies row `y` of the input, from column −`pad_left` on, with each channel `multiplicity` times. */
function fill_row(
  row: usize,
  input: usize,
  height: i32,
  width: i32,
  channels: i32,
  multiplicity: i32,
  y: i32,
  pad_left: i32,
  row_pixels: i32,
  zero_point: i32,
): void {
  let pixel = channels * multiplicity;
  if (<u32>y >= <u32>height) {
    fill_vectors(row, zero_point, row_pixels * pixel);
    return;
  }
  let before = min(pad_left, row_pixels);
  let inside = min(width, row_pixels - before);
  fill_vectors(row, zero_point, before * pixel);
  row += before * pixel;
  let from = input + y * width * channels;
  if (multiplicity == 1) {
    copy_vectors(row, from, inside * channels);
    row += inside * channels;
  } else {
    let end = from + inside * channels;
    while (from < end) {
      fill_vectors(row, load<i8>(from), multiplicity);
      row += multiplicity;
      from += 1;
    }
  }
  fill_vectors(row, zero_point, (row_pixels - before - inside) * pixel);
}
