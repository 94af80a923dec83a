/** Float32 results that every engine stores alike. */

/** Stores a number; NaNs, whose sign and payload engines may choose, as one NaN. */
export function store_f32(at: usize, value: f32): void {
  store<u32>(at, isNaN<f32>(value) ? 0x7fc00000 : reinterpret<u32>(value));
}
