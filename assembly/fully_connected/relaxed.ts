/** int8 fully connected layers of few rows with relaxed SIMD, for all weights but neighbours of −128. */

import { multiply_rows } from "./relaxed_rows";

/**
 * `rows` of `depth` int8 values each, by `filters`. `weights`: tiles of 8 filters, in each of them for every 16 values those of
 * filter 0 to 7, one after the other; depth and filters are padded with zeros. `channel_parameters`, `uniform_exponent` and which
 * weights may be there: as in conv_2d_s8_relaxed. `patch`: scratch of `depth` bytes, rounded up to a multiple of 16.
 */
export function fully_connected_s8_relaxed(
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
      8,
    ),
  );
}
