/** One-hot vectors of computed indices. */

import { fill_pattern } from "../pad/portable";

/**
 * Output [outer, depth, inner] of elements of `bytes` (1, 2 or 4): `off` but for one `on` along `depth` for each index of
 * [outer, inner], which has 4 or 8 bytes; an index out of range has none. `on` and `off` hold a value's bytes four times
 * over, as far as they fit; `fill` is the output's bytes.
 */
export function one_hot(
  indices: usize,
  index_bytes: i32,
  output: usize,
  bytes: i32,
  fill: i32,
  on: i32,
  off: i32,
  outer: i32,
  depth: i32,
  inner: i32,
): void {
  inline.always(fill_pattern(output, fill, off));
  do {
    let column = inner;
    do {
      let index = index_bytes == 8 ? load<i64>(indices) : <i64>load<i32>(indices);
      if (<u64>index < <u64>depth) {
        let at = output + <i32>index * inner * bytes;
        if (bytes == 1) store<i8>(at, on);
        else if (bytes == 2) store<i16>(at, on);
        else store<i32>(at, on);
      }
      indices += index_bytes;
      output += bytes;
    } while (--column);
    output += (depth - 1) * inner * bytes;
  } while (--outer);
}
