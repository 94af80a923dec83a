/** int8 depthwise convolution with SIMD128, row by row, from rows whose values lie in pairs. */

import { fill_borders, fill_pairs } from "./simd128_pairs";
import { depthwise_row } from "./simd128_row";

/**
 * Parameters as in depthwise_conv_2d_s8, and packed for lanes: `channel_parameters` and `uniform_exponent` as in
 * conv_2d_s8_simd128; `weights` and `shared` as in depthwise_row. Dot products take pairs, so a row of the input is kept with
 * the one `dilation_height` below it, and a window is pairs of its rows; where its height is odd, a row of zero weights lies
 * above it. `row_step`: the greatest common divisor of 2 · `dilation_height` and, for several rows of output, `stride_height`,
 * since only every so many rows start a pair. A row of output is written after its rows of input have been read. `scratch`: a pointer for each vector
 * of weights of a tile, or for three where `shared`, and for each row of pairs from the window's first to its last, up to a
 * multiple of 16 bytes; those rows as fill_pairs writes them; as much as depthwise_row reads beyond them, 16 bytes at least.
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
  row_step: i32,
  shared: i32,
  scratch: usize,
): void {
  let pairs = (kernel_height + 1) >> 1;
  let pair_step = (2 * dilation_height) / row_step;
  let columns = shared ? (kernel_width + 2) / 3 : kernel_width;
  let taps_end = scratch + pairs * columns * 4;
  let rows_end = taps_end + ((pairs - 1) * pair_step + 1) * 4;
  let pixels = (out_width - 1) * stride_width + (kernel_width - 1) * dilation_width + 1;
  let tiles = (filters + 7) >> 3;
  let row = (rows_end + 15) & -16;
  for (let at = taps_end; at < rows_end; at += 4) {
    store<usize>(at, row);
    row += tiles * pixels * 32;
  }
  let outside = row;
  v128.store(outside, i8x16.splat(<i8>input_zero_point));
  inline.always(fill_borders(load<usize>(taps_end), outside, width, pad_left, pixels, input_zero_point));
  for (let batch = 0; batch < batches; batch++) {
    let next = -pad_top - (kernel_height & 1) * dilation_height;
    let missing = (rows_end - taps_end) >> 2;
    for (let out_y = 0; out_y < out_height; out_y++) {
      do {
        row = load<usize>(taps_end);
        let at = taps_end;
        while (at < rows_end - 4) {
          store<usize>(at, load<usize>(at, 4));
          at += 4;
        }
        store<usize>(at, row);
        inline.always(
          fill_pairs(
            row,
            input,
            height,
            width,
            channels,
            multiplicity,
            next,
            dilation_height,
            pad_left,
            pixels,
            outside,
          ),
        );
        next += row_step;
        missing -= 1;
      } while (missing);
      missing = stride_height / row_step;
      inline.always(
        point_taps(scratch, taps_end, rows_end, columns, pair_step * 4, shared ? 96 : dilation_width * 32),
      );
      inline.always(
        depthwise_row(
          scratch,
          taps_end,
          stride_width * 32,
          pixels * 32,
          shared,
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
      output += out_width * filters;
    }
    input += height * width * channels;
  }
}

/** Where the taps of the first pixel read: for each pair of the window's rows the columns, or each third. */
function point_taps(
  taps: usize,
  taps_end: usize,
  rows_end: usize,
  columns: i32,
  pair_step: i32,
  column_step: i32,
): void {
  let at = taps;
  for (let row = taps_end; row < rows_end; row += pair_step) {
    let x = load<usize>(row);
    let end = at + columns * 4;
    do {
      store<usize>(at, x);
      x += column_step;
      at += 4;
    } while (at < end);
  }
}
