/** Picks what computed indices name. */

import { copy_bytes } from "../bytes";
import { clamp } from "../fixed_point";

/** Loads an index of 4 or 8 bytes and keeps it within [0, last]. */
export function load_index(at: usize, bytes: i32, last: i32): i32 {
  // What an int64 says beyond int32 only matters for its sign.
  if (bytes == 8 && <i64>load<i32>(at) != load<i64>(at)) return load<i64>(at) < 0 ? 0 : last;
  return clamp(load<i32>(at), 0, last);
}

/**
 * How many bytes into a tensor `rank` ≥ 1 indices from `indices` on lead. `places` holds for each of them, as int32, the
 * last index of its dimension, beyond which none leads, and the bytes from one to the next.
 */
export function place_of(indices: usize, bytes: i32, rank: i32, places: usize): i32 {
  let sum = 0;
  do {
    sum += load_index(indices, bytes, load<i32>(places)) * load<i32>(places, 4);
    indices += bytes;
    places += 8;
  } while (--rank);
  return sum;
}

/**
 * Output [batches, outer, count, run] of input [batches, outer, size, run], `run` in bytes, by indices [batches, count] of
 * `index_bytes` each. An index below 0 counts as 0, one from `size` on as `size` − 1, so that nothing beyond the input is
 * read. All numbers are at least 1.
 */
export function gather(
  input: usize,
  indices: usize,
  index_bytes: i32,
  output: usize,
  batches: i32,
  outer: i32,
  count: i32,
  size: i32,
  run: i32,
): void {
  do {
    let rows = outer;
    do {
      let at = indices;
      let n = count;
      do {
        copy_bytes(output, input + load_index(at, index_bytes, size - 1) * run, run);
        output += run;
        at += index_bytes;
      } while (--n);
      input += size * run;
    } while (--rows);
    indices += count * index_bytes;
  } while (--batches);
}
