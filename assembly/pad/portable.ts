/** Padding: fills the whole output, then copies the input into its middle. */

import { move_grid, move_nest } from "../move/portable";

/** Fills `count` ≥ 0 bytes from `output` with the little-endian bytes of `pattern` over and over. */
export function fill_pattern(output: usize, count: i32, pattern: i32): void {
  let end = output + count;
  let wide = ((<u64>(<u32>pattern)) << 32) | <u64>(<u32>pattern);
  while (output + 8 <= end) {
    store<u64>(output, wide);
    output += 8;
  }
  while (output < end) {
    store<u8>(output, pattern);
    pattern = rotr(pattern, 8);
    output += 1;
  }
}

/**
 * Fills `fill` bytes from `output` with the little-endian bytes of `pattern` over and over, then copies the input to
 * `inner`, an address within the output, with `move_grid`'s parameters.
 */
export function pad(
  output: usize,
  fill: i32,
  pattern: i32,
  input: usize,
  inner: usize,
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
  inline.always(fill_pattern(output, fill, pattern));
  inline.always(
    move_grid(
      input,
      inner,
      run,
      rows,
      input_step,
      output_step,
      count_1,
      input_step_1,
      output_step_1,
      count_2,
      input_step_2,
      output_step_2,
    ),
  );
}

/** `pad` with `move_nest`'s parameters. */
export function pad_nest(
  output: usize,
  fill: i32,
  pattern: i32,
  input: usize,
  inner: usize,
  run: i32,
  rows: i32,
  input_step: i32,
  output_step: i32,
  levels: i32,
  table: usize,
): void {
  inline.always(fill_pattern(output, fill, pattern));
  move_nest(input, inner, run, rows, input_step, output_step, levels, table);
}
