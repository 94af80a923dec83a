/** int8 mean over some dimensions, scalar (TFLite reference: reduce.h, QuantizedMeanOrSum). */

import { clamp, requantize } from "../fixed_point";

/**
 * `outer` × `inner` means, stored one after another, each of `rows` × `columns` values. `inner_step` and `column_step`
 * are bytes from one to the next; `outer_step` and `row_step` start from where the level inside left the pointer.
 * `bias`: −(input zero point) · `rows` · `columns`. `multiplier` holds 1 / (`rows` · `columns`) too, so it may be
 * below 2^30; `shift` in [-31, 30].
 */
export function mean_s8(
  input: usize,
  output: usize,
  outer: i32,
  outer_step: i32,
  inner: i32,
  inner_step: i32,
  rows: i32,
  row_step: i32,
  columns: i32,
  column_step: i32,
  bias: i32,
  multiplier: i32,
  shift: i32,
  output_zero_point: i32,
): void {
  do {
    let n = inner;
    do {
      let acc = bias;
      let p = input;
      let row = rows;
      do {
        let column = columns;
        do {
          acc += <i32>load<i8>(p);
          p += column_step;
        } while (--column);
        p += row_step;
      } while (--row);
      store<i8>(output, clamp(requantize(acc, multiplier, shift) + output_zero_point, -128, 127));
      output += 1;
      input += inner_step;
    } while (--n);
    input += outer_step;
  } while (--outer);
}
