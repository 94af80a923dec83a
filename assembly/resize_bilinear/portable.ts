/** Bilinear resizing in integers, scalar (TFLite reference: resize_bilinear.h, ResizeBilinearInteger). */

import { clamp } from "../fixed_point";

/** One channel of four int8 pixels by their weights, which add up to 2^20: rounded to the nearest, halves away from zero. */
function blend_s8(a: usize, b: usize, c: usize, d: usize, wa: i32, wb: i32, wc: i32, wd: i32): i32 {
  // Weights of pixels that are one and the same may wrap, and so may the sum: what is left of it fits again.
  let sum = load<i8>(a) * wa + load<i8>(b) * wb + load<i8>(c) * wc + load<i8>(d) * wd;
  return (sum + (1 << 19) + (sum >> 31)) >> 20;
}

/** The same of int16. */
function blend_s16(a: usize, b: usize, c: usize, d: usize, wa: i32, wb: i32, wc: i32, wd: i32): i32 {
  let sum = <i64>load<i16>(a) * wa + <i64>load<i16>(b) * wb;
  sum += <i64>load<i16>(c) * wc + <i64>load<i16>(d) * wd;
  return <i32>((sum + (1 << 19) + (sum >> 63)) >> 20);
}

/**
 * Output [batches, out_height, out_width, channels] of input [batches, height, width, channels], int8 or int16 by `bytes`.
 * Row y of the output lies at `first_row` + y · `row_step` in 1/1024 of the input's rows, at least −512; columns alike.
 */
export function resize_bilinear(
  input: usize,
  output: usize,
  bytes: i32,
  batches: i32,
  height: i32,
  width: i32,
  channels: i32,
  out_height: i32,
  out_width: i32,
  first_row: i32,
  row_step: i32,
  first_column: i32,
  column_step: i32,
): void {
  let pixel = channels * bytes;
  let row = width * pixel;
  do {
    let y = first_row;
    let rows = out_height;
    do {
      let top = clamp(y >> 10, 0, height - 1);
      let wy = y - (top << 10);
      let upper = input + top * row;
      let lower = input + clamp((y + 1023) >> 10, 0, height - 1) * row;
      let x = first_column;
      let columns = out_width;
      do {
        let left = clamp(x >> 10, 0, width - 1);
        let wx = x - (left << 10);
        let right = clamp((x + 1023) >> 10, 0, width - 1) * pixel;
        left *= pixel;
        let wa = (1024 - wy) * (1024 - wx);
        let wb = (1024 - wy) * wx;
        let wc = wy * (1024 - wx);
        let wd = wy * wx;
        let end = left + pixel;
        do {
          let a = upper + left;
          let b = upper + right;
          let c = lower + left;
          let d = lower + right;
          if (bytes == 1) store<i8>(output, blend_s8(a, b, c, d, wa, wb, wc, wd));
          else store<i16>(output, blend_s16(a, b, c, d, wa, wb, wc, wd));
          output += bytes;
          left += bytes;
          right += bytes;
        } while (left != end);
        x += column_step;
      } while (--columns);
      y += row_step;
    } while (--rows);
    input += height * row;
  } while (--batches);
}
