/** Replaces a part of a tensor. */

import { copy_bytes } from "../bytes";
import { place_of } from "../gather/portable";
import { move_nest } from "../move/portable";

/**
 * Copies `bytes` ≥ 1 of the input to the output, which may start at the same address or before it, then the part to where
 * `rank` indices say, with `places` as `place_of` and the last five as `move_nest` takes them.
 */
export function update_slice(
  input: usize,
  output: usize,
  bytes: i32,
  starts: usize,
  index_bytes: i32,
  rank: i32,
  places: usize,
  part: usize,
  run: i32,
  rows: i32,
  input_step: i32,
  output_step: i32,
  levels: i32,
  table: usize,
): void {
  if (input != output) copy_bytes(output, input, bytes);
  output += place_of(starts, index_bytes, rank, places);
  move_nest(part, output, run, rows, input_step, output_step, levels, table);
}
