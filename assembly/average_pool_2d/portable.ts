/** Average pooling, scalar (TFLite reference: integer_ops/pooling.h, AveragePool). */

import { clamp } from "../fixed_point";

/**
 * One batch, NHWC, int8 (`bytes` 1) or int16 (2), a pixel in `pixel_bytes`. Every window overlaps the input, and an average is
 * of the pixels inside it only, of less than 2^16.
 */
export function average_pool_2d(
  bytes: i32,
  input: usize,
  height: i32,
  width: i32,
  pixel_bytes: i32,
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
      let row_skip = (width - columns) * pixel_bytes;
      let first = input + (top * width + left) * pixel_bytes;
      let channel_end = first + pixel_bytes;
      do {
        let acc = 0;
        let p = first;
        let row = rows;
        do {
          let row_end = p + columns * pixel_bytes;
          do {
            acc += bytes == 1 ? <i32>load<i8>(p) : <i32>load<i16>(p);
            p += pixel_bytes;
          } while (p < row_end);
          p += row_skip;
        } while (--row);
        acc = (acc + (acc > 0 ? half : -half)) / count;
        acc = clamp(acc, activation_min, activation_max);
        if (bytes == 1) store<i8>(output, acc);
        else store<i16>(output, acc);
        output += bytes;
        first += bytes;
      } while (first < channel_end);
      x += stride_width;
    } while (--column);
    y += stride_height;
  } while (--out_height);
}
