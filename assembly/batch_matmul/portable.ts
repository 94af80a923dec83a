/** Products of matrices, batch by batch, in any layout (TFLite reference: batch_matmul.h). */

import { clamp, requantize, requantize_once, requantize_wide } from "../fixed_point";

/**
 * For each row of x, `outer` × `middle` × `rows` of them in that order, with a matrix y each: output[j] = Σ x[k] · y[k, j],
 * j < `columns`, k < `depth`; int8, zero points taken off first. What is called after two things is the bytes from one index of
 * the second to the next in the first, 0 where something is used again: so tensors may be transposed, and a row may have its
 * matrix in common with others. `bias`: 0, or int32[`columns`]
 * that sums start from. Sums times the Q31 `multiplier`, shifted by `shift` in [-31, 30] and rounded twice or, `once`, once,
 * plus the output's zero point, are kept within the activation's range. `tiled`: four columns together.
 */
export function batch_matmul_s8(
  x: usize,
  y: usize,
  output: usize,
  outer: i32,
  x_outer: i32,
  y_outer: i32,
  output_outer: i32,
  middle: i32,
  x_middle: i32,
  y_middle: i32,
  output_middle: i32,
  rows: i32,
  x_row: i32,
  y_row: i32,
  output_row: i32,
  columns: i32,
  y_column: i32,
  output_column: i32,
  depth: i32,
  x_depth: i32,
  y_depth: i32,
  bias: usize,
  x_zero_point: i32,
  y_zero_point: i32,
  output_zero_point: i32,
  multiplier: i32,
  shift: i32,
  once: i32,
  activation_min: i32,
  activation_max: i32,
  tiled: i32,
): void {
  do {
    let x_first = x;
    let y_first = y;
    let output_first = output;
    let middle_left = middle;
    do {
      let row = x_first;
      let matrix = y_first;
      let output_start = output_first;
      let rows_left = rows;
      do {
        let column = matrix;
        let to = output_start;
        let left = columns;
        let initial = bias;
        if (tiled) {
          while (left >= 4) {
            let a0 = bias ? load<i32>(initial) : 0;
            let a1 = bias ? load<i32>(initial, 4) : 0;
            let a2 = bias ? load<i32>(initial, 8) : 0;
            let a3 = bias ? load<i32>(initial, 12) : 0;
            let sum = 0;
            let from = row;
            let weight = column;
            let k = depth;
            do {
              let value = <i32>load<i8>(from) - x_zero_point;
              sum += value;
              a0 += value * load<i8>(weight);
              a1 += value * load<i8>(weight + y_column);
              a2 += value * load<i8>(weight + 2 * y_column);
              a3 += value * load<i8>(weight + 3 * y_column);
              from += x_depth;
              weight += y_depth;
            } while (--k);
            // The zero point of y counts with the sum of the row.
            sum *= y_zero_point;
            store_s8(
              to,
              a0 - sum,
              multiplier,
              shift,
              once,
              output_zero_point,
              activation_min,
              activation_max,
            );
            store_s8(
              to + output_column,
              a1 - sum,
              multiplier,
              shift,
              once,
              output_zero_point,
              activation_min,
              activation_max,
            );
            store_s8(
              to + 2 * output_column,
              a2 - sum,
              multiplier,
              shift,
              once,
              output_zero_point,
              activation_min,
              activation_max,
            );
            store_s8(
              to + 3 * output_column,
              a3 - sum,
              multiplier,
              shift,
              once,
              output_zero_point,
              activation_min,
              activation_max,
            );
            column += 4 * y_column;
            to += 4 * output_column;
            initial += 16;
            left -= 4;
          }
        }
        while (left) {
          let acc = bias ? load<i32>(initial) : 0;
          let from = row;
          let weight = column;
          let k = depth;
          do {
            acc += (<i32>load<i8>(from) - x_zero_point) * (<i32>load<i8>(weight) - y_zero_point);
            from += x_depth;
            weight += y_depth;
          } while (--k);
          inline.always(
            store_s8(to, acc, multiplier, shift, once, output_zero_point, activation_min, activation_max),
          );
          column += y_column;
          to += output_column;
          initial += 4;
          left -= 1;
        }
        row += x_row;
        matrix += y_row;
        output_start += output_row;
        rows_left -= 1;
      } while (rows_left);
      x_first += x_middle;
      y_first += y_middle;
      output_first += output_middle;
      middle_left -= 1;
    } while (middle_left);
    x += x_outer;
    y += y_outer;
    output += output_outer;
    outer -= 1;
  } while (outer);
}

/** Scales a sum and stores it as int8. */
function store_s8(
  to: usize,
  acc: i32,
  multiplier: i32,
  shift: i32,
  once: i32,
  zero_point: i32,
  low: i32,
  high: i32,
): void {
  let scaled = once ? requantize_once(acc, multiplier, -shift) : requantize(acc, multiplier, shift);
  store<i8>(to, clamp(scaled + zero_point, low, high));
}

/**
 * `batch_matmul_s8` of int16 without zero points: sums are int64, times the Q15 `multiplier`, shifted right by `exponent`
 * in [1, 46].
 */
export function batch_matmul_s16(
  x: usize,
  y: usize,
  output: usize,
  outer: i32,
  x_outer: i32,
  y_outer: i32,
  output_outer: i32,
  middle: i32,
  x_middle: i32,
  y_middle: i32,
  output_middle: i32,
  rows: i32,
  x_row: i32,
  y_row: i32,
  output_row: i32,
  columns: i32,
  y_column: i32,
  output_column: i32,
  depth: i32,
  x_depth: i32,
  y_depth: i32,
  multiplier: i32,
  exponent: i32,
  activation_min: i32,
  activation_max: i32,
): void {
  do {
    let x_first = x;
    let y_first = y;
    let output_first = output;
    let middle_left = middle;
    do {
      let row = x_first;
      let matrix = y_first;
      let output_start = output_first;
      let rows_left = rows;
      do {
        let column = matrix;
        let to = output_start;
        let left = columns;
        do {
          let acc: i64 = 0;
          let from = row;
          let weight = column;
          let k = depth;
          do {
            // Not even −32768 times itself overflows int32.
            acc += <i64>(<i32>load<i16>(from) * load<i16>(weight));
            from += x_depth;
            weight += y_depth;
          } while (--k);
          store<i16>(to, clamp(requantize_wide(acc, multiplier, exponent), activation_min, activation_max));
          column += y_column;
          to += output_column;
          left -= 1;
        } while (left);
        row += x_row;
        matrix += y_row;
        output_start += output_row;
        rows_left -= 1;
      } while (rows_left);
      x_first += x_middle;
      y_first += y_middle;
      output_first += output_middle;
      middle_left -= 1;
    } while (middle_left);
    x += x_outer;
    y += y_outer;
    output += output_outer;
    outer -= 1;
  } while (outer);
}
