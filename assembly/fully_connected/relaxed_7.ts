/** int8 fully connected layers of few rows with relaxed SIMD, for filters whose weights span at most 127. */

import { multiply_rows } from "./relaxed_rows";

/**
 * Parameters as in fully_connected_s8_relaxed, but for `weights`, which are raised so that each filter's lie within [0, 127],
 * and the last words of `channel_parameters`: minus what they were raised by.
 */
export function fully_connected_s8_relaxed_7(
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
      7,
    ),
  );
}
