/** Copies and fills of short runs of bytes, without the bulk memory instructions. */

/** Copies `count` ≥ 0 bytes upwards; the runs may overlap where `to` ≤ `from`. */
export function copy_bytes(to: usize, from: usize, count: i32): void {
  // Compared for equality, since an empty run may lie before address 0.
  let end = from + (count & ~7);
  while (from != end) {
    store<u64>(to, load<u64>(from));
    from += 8;
    to += 8;
  }
  end = from + (count & 7);
  while (from != end) {
    store<u8>(to, load<u8>(from));
    from += 1;
    to += 1;
  }
}

/** `copy_bytes` of at least one byte, where one or two elements are likely. */
export function copy_run(to: usize, from: usize, count: i32): void {
  if (count == 1) store<u8>(to, load<u8>(from));
  else if (count == 2) store<u16>(to, load<u16>(from));
  else copy_bytes(to, from, count);
}

/** Sets `count` ≥ 0 bytes to `value`. */
export function fill_bytes(to: usize, value: i32, count: i32): void {
  let end = to + count;
  while (to < end) {
    store<u8>(to, value);
    to += 1;
  }
}
