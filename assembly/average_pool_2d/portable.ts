/** int8 average pooling, scalar (TFLite reference: integer_ops/pooling.h, AveragePool). */

import { clamp } from "../fixed_point";

/** One batch, NHWC, int8. Every window overlaps the input, and an average is of the pixels inside it only. */
export function average_pool_2d_s8(
  input: usize,
  height: i32,
  width: i32,
  channels: i32,
  output: usize,
  out_height: i32,
  out_width: i32,
  window_height: i32,
  window_width: i32,
  stride_height: i32,
  stride_width: i32,
  pad_top: i32,
  pad_left: i32,
  activation_min: i32,
  activation_max: i32,
): void {
  let y = -pad_top;
  do {
    let top = max(y, 0);
    let rows = min(y + window_height, height) - top;
    let x = -pad_left;
    let column = out_width;
    do {
      let left = max(x, 0);
      let columns = min(x + window_width, width) - left;
      let count = rows * columns;
      let half = count >> 1;
      let row_skip = (width - columns) * channels;
      let first = input + (top * width + left) * channels;
      let channel_end = first + channels;
      do {
        let acc = 0;
        let p = first;
        let row = rows;
        do {
          let row_end = p + columns * channels;
          do {
            acc += <i32>load<i8>(p);
            p += channels;
          } while (p < row_end);
          p += row_skip;
        } while (--row);
        acc = (acc + (acc > 0 ? half : -half)) / count;
        store<i8>(output, clamp(acc, activation_min, activation_max));
        output += 1;
        first += 1;
      } while (first < channel_end);
      x += stride_width;
    } while (--column);
    y += stride_height;
  } while (--out_height);
}
