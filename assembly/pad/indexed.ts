/** Padding of what is also rearranged: fills the whole output, then scatters the input over it. */

import { scatter_indexed } from "../move/indexed";
import { fill_pattern } from "./portable";

/**
 * Fills `fill` bytes from `output` with the little-endian bytes of `pattern` over and over, then writes the input to
 * places after `inner`, an address within the output, with `scatter_indexed`'s parameters.
 */
export function pad_indexed(
  output: usize,
  fill: i32,
  pattern: i32,
  inner: usize,
  input: usize,
  run: i32,
  levels: i32,
  table: usize,
): void {
  inline.always(fill_pattern(output, fill, pattern));
  scatter_indexed(inner, input, run, levels, table);
}
