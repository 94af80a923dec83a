/** Functions of int16 numbers by tables of 513 values and straight lines between them (TFLite: common.h, LUTLookup). */

/**
 * The function at `value` in [-32768, 32767]: its upper 9 bits choose a line, the lower 7 a place on it. The line's rise
 * wraps at 16 bits, and so does the result where it is stored.
 */
export function interpolate(value: i32, table: usize): i32 {
  let at = table + (((value >> 7) + 256) << 1);
  let base = <i32>load<i16>(at);
  let rise = <i32>(<i16>(<i32>load<i16>(at, 2) - base));
  return base + ((rise * (value & 127) + 64) >> 7);
}
