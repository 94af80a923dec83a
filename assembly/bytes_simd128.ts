/** Copies and fills of runs of bytes with SIMD128; neither touches a byte beyond its run. */

import { copy_bytes, fill_bytes } from "./bytes";

/** Copies `count` ≥ 0 bytes upwards. */
export function copy_vectors(to: usize, from: usize, count: i32): void {
  while (count >= 16) {
    v128.store(to, v128.load(from));
    from += 16;
    to += 16;
    count -= 16;
  }
  copy_bytes(to, from, count);
}

/** Sets `count` ≥ 0 bytes to `value`. */
export function fill_vectors(to: usize, value: i32, count: i32): void {
  let values = i8x16.splat(<i8>value);
  while (count >= 16) {
    v128.store(to, values);
    to += 16;
    count -= 16;
  }
  if (count & 8) {
    v128.store_lane<i64>(to, values, 0);
    to += 8;
  }
  fill_bytes(to, value, count & 7);
}
