/** Picks what tuples of computed indices name. */

import { copy_bytes } from "../bytes";
import { place_of } from "../gather/portable";

/**
 * `count` runs of `run` bytes, each from the place in the input that `depth` indices of `index_bytes` name, with `places` as
 * `place_of` takes it; nothing beyond the input is read. All numbers are at least 1.
 */
export function gather_nd(
  input: usize,
  indices: usize,
  index_bytes: i32,
  output: usize,
  count: i32,
  depth: i32,
  places: usize,
  run: i32,
): void {
  do {
    copy_bytes(output, input + place_of(indices, index_bytes, depth, places), run);
    indices += depth * index_bytes;
    output += run;
  } while (--count);
}
