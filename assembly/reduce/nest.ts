/** The loops that all reductions share: over the values of each result in the order in which they lie. */

import { clamp, requantize, requantize_wide } from "../fixed_point";
import { store_f32 } from "../float32";

/** The values of `family`. */
export const SUM = 0;
export const EXTREMUM = 1;
export const PRODUCT = 2;
export const REAL = 3;

/** The values of `operation` for `REAL`; 0 is the sum. */
const REAL_MEAN = 1;
const REAL_PRODUCT = 2;
const REAL_MAXIMUM = 3;
const REAL_MINIMUM = 4;

/** Loads int8 or int16, by the bytes of one. */
function load_element(at: usize, bytes: i32): i32 {
  return bytes == 1 ? <i32>load<i8>(at) : bytes == 2 ? <i32>load<i16>(at) : load<i32>(at);
}

/** Stores the low bytes of a value. */
function store_element(at: usize, bytes: i32, value: i32): void {
  if (bytes == 1) store<i8>(at, value);
  else if (bytes == 2) store<i16>(at, value);
  else store<i32>(at, value);
}

/**
 * `outer` × `inner` results, stored one after another, each of `planes` × `rows` × `columns` values. `inner_step` and
 * `column_step` are bytes from one to the next; `outer_step`, `plane_step` and `row_step` start from where the level
 * inside left the pointer. Elements take `bytes`. `SUM`: `bias` plus the values, scaled by `multiplier` and `shift`, plus
 * `zero_point`. `EXTREMUM`: the smallest value for `operation` 1, else the largest. `PRODUCT`: `bias` is added to each
 * value; each product, and the last one once more, is scaled by the 16-bit `multiplier` and by 2^-`shift`, then
 * `zero_point` is added. `REAL`: float32. To be inlined with a literal `family`.
 */
export function nest(
  family: i32,
  operation: i32,
  bytes: i32,
  input: usize,
  output: usize,
  outer: i32,
  outer_step: i32,
  inner: i32,
  inner_step: i32,
  planes: i32,
  plane_step: i32,
  rows: i32,
  row_step: i32,
  columns: i32,
  column_step: i32,
  bias: i32,
  multiplier: i32,
  shift: i32,
  zero_point: i32,
): void {
  do {
    let n = inner;
    do {
      let acc = family == EXTREMUM ? inline.always(load_element(input, bytes)) : bias;
      let real: f32 = 0;
      if (operation == REAL_PRODUCT) real = 1;
      else if (operation == REAL_MAXIMUM) real = -f32.MAX_VALUE;
      else if (operation == REAL_MINIMUM) real = f32.MAX_VALUE;
      let started = 0;
      let p = input;
      let plane = planes;
      do {
        let row = rows;
        do {
          let column = columns;
          do {
            if (family == REAL) {
              let value = load<f32>(p);
              if (operation == REAL_PRODUCT) real *= value;
              else if (operation == REAL_MAXIMUM) real = value > real ? value : real;
              else if (operation == REAL_MINIMUM) real = value < real ? value : real;
              else real += value;
            } else {
              let value = inline.always(load_element(p, bytes));
              if (family == EXTREMUM) {
                acc = operation ? min(acc, value) : max(acc, value);
              } else if (family == PRODUCT) {
                value += bias;
                acc = started ? requantize_wide(<i64>acc * <i64>value, multiplier, shift) : value;
                started = 1;
              } else acc += value;
            }
            p += column_step;
          } while (--column);
          p += row_step;
        } while (--row);
        p += plane_step;
        // One plane, where that is a literal, is seen at once to be no loop.
      } while (planes > 1 && --plane);
      if (family == REAL) {
        if (operation == REAL_MEAN) real /= <f32>(planes * rows * columns);
        store_f32(output, real);
      } else {
        if (family == SUM) acc = requantize(acc, multiplier, shift) + zero_point;
        else if (family == PRODUCT) acc = requantize_wide(acc, multiplier, shift) + zero_point;
        if (family != EXTREMUM) acc = clamp(acc, bytes == 1 ? -128 : -32768, bytes == 1 ? 127 : 32767);
        inline.always(store_element(output, bytes, acc));
      }
      output += bytes;
      input += inner_step;
    } while (--n);
    input += outer_step;
  } while (--outer);
}
