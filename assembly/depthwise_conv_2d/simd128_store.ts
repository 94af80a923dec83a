/** Stores what the depthwise kernels with SIMD128 compute, whole tiles of eight channels or the last one. */

import { store_bytes } from "../short_vectors_simd128";

/** Stores eight channels, or the first `rest` of them, of a pixel, and where `both` those of the next one too. */
export function store_tile(to: usize, bytes: v128, channels: i32, rest: i32, both: bool): void {
  if ((channels & 7) == 0 || rest >= 8) {
    v128.store_lane<i64>(to, bytes, 0);
    if (both) v128.store_lane<i64>(to + channels, bytes, 1);
  } else {
    inline.always(store_bytes(to, i64x2.extract_lane(bytes, 0), rest));
    if (both) inline.always(store_bytes(to + channels, i64x2.extract_lane(bytes, 1), rest));
  }
}
