/** Copies with strides: what reshaping, joining, splitting, slicing and transposing come down to. */

import { copy_bytes, copy_run } from "../bytes";

/** Copies `rows` ≥ 1 runs of `run` ≥ 1 bytes, the starts of which lie `input_step` and `output_step` bytes apart. */
export function move_rows(
  input: usize,
  output: usize,
  run: i32,
  rows: i32,
  input_step: i32,
  output_step: i32,
): void {
  if (rows == 1) {
    copy_bytes(output, input, run);
  } else {
    do {
      copy_run(output, input, run);
      input += input_step;
      output += output_step;
    } while (--rows);
  }
}

/**
 * `move_rows`, `count_1` times, and that `count_2` times. The steps of the two outer levels start from where the
 * level inside left the pointers.
 */
export function move_grid(
  input: usize,
  output: usize,
  run: i32,
  rows: i32,
  input_step: i32,
  output_step: i32,
  count_1: i32,
  input_step_1: i32,
  output_step_1: i32,
  count_2: i32,
  input_step_2: i32,
  output_step_2: i32,
): void {
  do {
    let n = count_1;
    do {
      let row = rows;
      do {
        copy_run(output, input, run);
        input += input_step;
        output += output_step;
      } while (--row);
      input += input_step_1;
      output += output_step_1;
    } while (--n);
    input += input_step_2;
    output += output_step_2;
  } while (--count_2);
}

/**
 * `move_rows` inside `levels` ≥ 0 more loops, the outermost first in `table`: three int32 each, the rounds and the bytes
 * from one round's input and output to the next one's.
 */
export function move_nest(
  input: usize,
  output: usize,
  run: i32,
  rows: i32,
  input_step: i32,
  output_step: i32,
  levels: i32,
  table: usize,
): void {
  if (levels == 0) {
    inline.always(move_rows(input, output, run, rows, input_step, output_step));
  } else {
    let count = load<i32>(table);
    do {
      move_nest(input, output, run, rows, input_step, output_step, levels - 1, table + 12);
      input += load<i32>(table, 4);
      output += load<i32>(table, 8);
    } while (--count);
  }
}
