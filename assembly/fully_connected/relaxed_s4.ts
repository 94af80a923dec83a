/** int8 fully connected layers of few rows with int4 weights and relaxed SIMD. */

import { multiply_rows } from "./relaxed_rows";

/**
 * Parameters as in fully_connected_s8_relaxed_7, but for `weights`: two stand in a byte, each raised by 8, that of one of the first four
 * filters of a tile in the low half, that of the filter four further in the high one.
 */
export function fully_connected_s4_relaxed(
  input: usize,
  rows: i32,
  depth: i32,
  output: usize,
  filters: i32,
  weights: usize,
  channel_parameters: usize,
  uniform_exponent: i32,
  output_zero_point: i32,
  activation_min: i32,
  activation_max: i32,
  patch: usize,
): void {
  inline.always(
    multiply_rows(
      input,
      rows,
      depth,
      output,
      filters,
      weights,
      channel_parameters,
      uniform_exponent,
      output_zero_point,
      activation_min,
      activation_max,
      patch,
      4,
    ),
  );
}
