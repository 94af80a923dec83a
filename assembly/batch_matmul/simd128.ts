/**
 * Products of int8 matrices with SIMD128: a vector lane sums one column, for two rows at a time. What is multiplied is first
 * copied as int16 without its zero point, so that any layout costs the same.
 */

import { requantize_pixels } from "../fixed_point_simd128";

/**
 * The first parameters are those of batch_matmul_s8. `parameters`: of requantize_lanes, the same for all lanes, with a right
 * shift of at least 1, as `uniform_exponent`. `scratch`: 16 bytes for columns that fill no tile; two rows of x, `depth`
 * rounded up to a multiple of 8, int16; then y in tiles of 8 columns, in each of them pairs of values k, k + 1 of column 0
 * to 7. A row's values beyond `depth` are 0, so what the tiles hold there does not matter. Reads up to 7 bytes beyond x and y.
 */
export function batch_matmul_s8_simd128(
  x: usize,
  y: usize,
  output: usize,
  outer: i32,
  x_outer: i32,
  y_outer: i32,
  output_outer: i32,
  batches: i32,
  x_batch: i32,
  y_batch: i32,
  output_batch: i32,
  rows: i32,
  x_row: i32,
  output_row: i32,
  columns: i32,
  y_column: i32,
  output_column: i32,
  depth: i32,
  x_depth: i32,
  y_depth: i32,
  x_zero_point: i32,
  y_zero_point: i32,
  output_zero_point: i32,
  parameters: usize,
  uniform_exponent: i32,
  activation_min: i32,
  activation_max: i32,
  scratch: usize,
): void {
  let row_bytes = ((depth + 7) & ~7) * 2;
  let first = scratch + 16;
  let tiles = first + 2 * row_bytes;
  do {
    let x_matrix = x;
    let y_matrix = y;
    let output_matrix = output;
    let batch = batches;
    do {
      inline.always(pack_columns(tiles, y_matrix, columns, y_column, depth, y_depth, y_zero_point));
      let row = x_matrix;
      let output_start = output_matrix;
      let rows_left = rows;
      do {
        pack_row(first, row, depth, x_depth, x_zero_point);
        // Beside a last row alone, the other one still holds an earlier one, or anything; nothing of it is stored.
        if (rows_left > 1) pack_row(first + row_bytes, row + x_row, depth, x_depth, x_zero_point);
        let to = output_start;
        let left = columns;
        let w = tiles;
        do {
          let a0 = i32x4.splat(0);
          let a1 = a0;
          let b0 = a0;
          let b1 = a0;
          let at = first;
          do {
            let xa = v128.load(at);
            let xb = v128.load(at + row_bytes);
            let w0 = v128.load(w);
            let w1 = v128.load(w, 16);
            let pair = v128.shuffle<i32>(xa, xa, 0, 0, 0, 0);
            a0 = i32x4.add(a0, i32x4.dot_i16x8_s(pair, w0));
            a1 = i32x4.add(a1, i32x4.dot_i16x8_s(pair, w1));
            pair = v128.shuffle<i32>(xb, xb, 0, 0, 0, 0);
            b0 = i32x4.add(b0, i32x4.dot_i16x8_s(pair, w0));
            b1 = i32x4.add(b1, i32x4.dot_i16x8_s(pair, w1));
            w0 = v128.load(w, 32);
            w1 = v128.load(w, 48);
            pair = v128.shuffle<i32>(xa, xa, 1, 1, 1, 1);
            a0 = i32x4.add(a0, i32x4.dot_i16x8_s(pair, w0));
            a1 = i32x4.add(a1, i32x4.dot_i16x8_s(pair, w1));
            pair = v128.shuffle<i32>(xb, xb, 1, 1, 1, 1);
            b0 = i32x4.add(b0, i32x4.dot_i16x8_s(pair, w0));
            b1 = i32x4.add(b1, i32x4.dot_i16x8_s(pair, w1));
            w0 = v128.load(w, 64);
            w1 = v128.load(w, 80);
            pair = v128.shuffle<i32>(xa, xa, 2, 2, 2, 2);
            a0 = i32x4.add(a0, i32x4.dot_i16x8_s(pair, w0));
            a1 = i32x4.add(a1, i32x4.dot_i16x8_s(pair, w1));
            pair = v128.shuffle<i32>(xb, xb, 2, 2, 2, 2);
            b0 = i32x4.add(b0, i32x4.dot_i16x8_s(pair, w0));
            b1 = i32x4.add(b1, i32x4.dot_i16x8_s(pair, w1));
            w0 = v128.load(w, 96);
            w1 = v128.load(w, 112);
            pair = v128.shuffle<i32>(xa, xa, 3, 3, 3, 3);
            a0 = i32x4.add(a0, i32x4.dot_i16x8_s(pair, w0));
            a1 = i32x4.add(a1, i32x4.dot_i16x8_s(pair, w1));
            pair = v128.shuffle<i32>(xb, xb, 3, 3, 3, 3);
            b0 = i32x4.add(b0, i32x4.dot_i16x8_s(pair, w0));
            b1 = i32x4.add(b1, i32x4.dot_i16x8_s(pair, w1));
            at += 16;
            w += 128;
          } while (at < first + row_bytes);
          let bytes = inline.always(
            requantize_pixels(
              a0,
              a1,
              b0,
              b1,
              parameters,
              0,
              uniform_exponent,
              output_zero_point,
              activation_min,
              activation_max,
            ),
          );
          if (output_column == 1 && left >= 8) {
            v128.store_lane<i64>(to, bytes, 0);
            if (rows_left > 1) v128.store_lane<i64>(to + output_row, bytes, 1);
            to += 8;
          } else {
            v128.store(scratch, bytes);
            let from = scratch;
            let end = scratch + min(left, 8);
            do {
              store<i8>(to, load<i8>(from));
              if (rows_left > 1) store<i8>(to + output_row, load<i8>(from, 8));
              to += output_column;
              from += 1;
            } while (from < end);
          }
          left -= 8;
        } while (left > 0);
        row += 2 * x_row;
        output_start += 2 * output_row;
        rows_left -= 2;
      } while (rows_left > 0);
      x_matrix += x_batch;
      y_matrix += y_batch;
      output_matrix += output_batch;
      batch -= 1;
    } while (batch);
    x += x_outer;
    y += y_outer;
    output += output_outer;
    outer -= 1;
  } while (outer);
}

/** Copies a row of x, int8 values `step` bytes apart, as int16 without its zero point; zeros up to a multiple of 8. */
function pack_row(to: usize, x: usize, depth: i32, step: i32, zero_point: i32): void {
  v128.store(to + (((depth + 7) & ~7) * 2 - 16), i16x8.splat(0));
  let end = to + depth * 2;
  if (step == 1) {
    let vectors_end = to + (depth & ~7) * 2;
    let zero_points = i16x8.splat(<i16>zero_point);
    while (to < vectors_end) {
      v128.store(to, i16x8.sub(v128.load_ext<i8>(x), zero_points));
      x += 8;
      to += 16;
    }
  }
  while (to < end) {
    store<i16>(to, <i32>load<i8>(x) - zero_point);
    x += step;
    to += 2;
  }
}

/** Copies y into tiles of 8 columns as int16 without its zero point. */
function pack_columns(
  to: usize,
  y: usize,
  columns: i32,
  column_step: i32,
  depth: i32,
  depth_step: i32,
  zero_point: i32,
): void {
  let tile_bytes = ((depth + 7) & ~7) * 16;
  let zero_points = i16x8.splat(<i16>zero_point);
  do {
    if (column_step == 1) {
      let at = y;
      let pairs = to;
      let k = depth;
      do {
        let even = v128.load_ext<i8>(at);
        // The row after the last one of an odd number may lie beyond the memory.
        let odd = k > 1 ? v128.load_ext<i8>(at + depth_step) : even;
        even = i16x8.sub(even, zero_points);
        odd = i16x8.sub(odd, zero_points);
        v128.store(pairs, v128.shuffle<i16>(even, odd, 0, 8, 1, 9, 2, 10, 3, 11));
        v128.store(pairs, v128.shuffle<i16>(even, odd, 4, 12, 5, 13, 6, 14, 7, 15), 16);
        at += 2 * depth_step;
        pairs += 32;
        k -= 2;
      } while (k > 0);
    } else {
      let column = y;
      let pair = to;
      let end = to + 4 * min(columns, 8);
      do {
        let at = column;
        let values = pair;
        let k = depth;
        if (depth_step == 1) {
          do {
            let vector = i16x8.sub(v128.load_ext<i8>(at), zero_points);
            v128.store_lane<i32>(values, vector, 0);
            v128.store_lane<i32>(values, vector, 1, 32);
            v128.store_lane<i32>(values, vector, 2, 64);
            v128.store_lane<i32>(values, vector, 3, 96);
            at += 8;
            values += 128;
            k -= 8;
          } while (k > 0);
        } else {
          // From the first of a pair to the second 2 bytes, from there to the next pair 30.
          let step = 2;
          do {
            store<i16>(values, <i32>load<i8>(at) - zero_point);
            at += depth_step;
            values += step;
            step = 32 - step;
          } while (--k);
        }
        column += column_step;
        pair += 4;
      } while (pair < end);
    }
    y += 8 * column_step;
    to += tile_bytes;
    columns -= 8;
  } while (columns > 0);
}
