/** Vectors of fewer than 16 bytes that neither read nor write beyond them. */

/** The `count` in [0, 8) bytes from `at`, the first lowest, with zeros above. */
function load_bytes(at: usize, count: i32): u64 {
  let value: u64 = 0;
  at += count;
  if (count & 1) {
    at -= 1;
    value = load<u8>(at);
  }
  if (count & 2) {
    at -= 2;
    value = (value << 16) | load<u16>(at);
  }
  if (count & 4) value = (value << 32) | load<u32>(at - 4);
  return value;
}

/** Stores the low `count` in [0, 8) bytes of `value`. */
export function store_bytes(at: usize, value: u64, count: i32): void {
  if (count & 4) {
    store<u32>(at, <u32>value);
    value >>= 32;
    at += 4;
  }
  if (count & 2) {
    store<u16>(at, <u16>value);
    value >>= 16;
    at += 2;
  }
  if (count & 1) store<u8>(at, <u8>value);
}

/** A vector of the `count` in [1, 16) bytes from `at`, with zeros above. */
export function load_short(at: usize, count: i32): v128 {
  if (count & 8) {
    return i64x2.replace_lane(v128.load64_zero(at), 1, inline.always(load_bytes(at + 8, count & 7)));
  }
  return i64x2.replace_lane(i64x2.splat(0), 0, inline.always(load_bytes(at, count)));
}

/** Stores the first `count` in [1, 16) bytes of a vector. */
export function store_short(at: usize, vector: v128, count: i32): void {
  if (count & 8) {
    v128.store_lane<i64>(at, vector, 0);
    inline.always(store_bytes(at + 8, i64x2.extract_lane(vector, 1), count & 7));
  } else {
    inline.always(store_bytes(at, i64x2.extract_lane(vector, 0), count));
  }
}
