/**
 * Three sums in one i64, for interpreters: sum j lies in the 21 bits from bit 21 · j on, so that one multiplication and one
 * addition of 64 bits serve three multiply-accumulates. A sum starts at 2^20 (`LANES_START`), so that no lane is ever
 * negative and none borrows from the next; what packs the weights proves that each stays within [0, 2^21).
 */

export const LANE_BITS: i64 = 21;
/** The lowest lane. */
export const LANE_MASK: i64 = 0x1fffff;
/** 2^20 in every lane. */
export const LANES_START: i64 = 0x4000020000100000;

/**
 * What `store_lane` adds to a scaled sum: the scaled bias, and the roundings where the order of these does not matter.
 * `lift` in [0, 31] is by how much the filter's multiplier is shifted to the left. `rounding`: half of the result's step, and
 * what its zero point is more than the least output.
 */
export function lane_addend(
  bias: i32,
  multiplier: i64,
  lift: i64,
  once: i32,
  two_sided: i32,
  rounding: i64,
): i64 {
  let scaled = (<i64>bias * multiplier + (once ? 0 : 1 << 30)) << lift;
  return two_sided ? scaled : scaled + rounding;
}

/**
 * Scales one sum and stores it as int8, bit for bit as `requantize_right` or `requantize_once` and `clamp` would: floors of
 * floors are one floor, so that both roundings, the zero point and the bias become one `addend`. Only the tie of a negative
 * sum differs: where `two_sided`, it gets −1 of the first rounding, else the clamp hides it, since the least output is the
 * zero point. `multiplier` is lifted already; the result is `low` plus (scaled sum >> `shift`).
 */
export function store_lane(
  output: usize,
  sum: i64,
  multiplier: i64,
  addend: i64,
  two_sided: i32,
  lift: i64,
  rounding: i64,
  shift: i64,
  low: i32,
  high: i32,
): void {
  let scaled = sum * multiplier + addend;
  if (two_sided) scaled += ((scaled >> 63) & ((<i64>-0x80000000) << lift)) + rounding;
  scaled >>= shift;
  let span = <i64>(high - low);
  // One comparison finds both ends: a negative number is a large unsigned one.
  if (<u64>scaled > <u64>span) scaled = (~scaled >> 63) & span;
  store<u8>(output, <u8>(scaled + low));
}
