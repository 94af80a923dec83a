/**
 * Fixed-point arithmetic on int32 accumulators, bit for bit TFLite Micro's double rounding
 * (TFLite reference: common.h, MultiplyByQuantizedMultiplier; gemmlowp: SaturatingRoundingDoublingHighMul,
 * RoundingDivideByPOT).
 */

/**
 * acc · multiplier / 2^31 · 2^shift, rounded twice: once by the high multiply, once by the right shift.
 * `multiplier` is Q31 in [2^30, 2^31) or 0, `shift` in [-31, 30]; a positive shift acts on `acc` first and wraps.
 */
export function requantize(acc: i32, multiplier: i32, shift: i32): i32 {
  if (shift >= 0) return <i32>((<i64>(acc << shift) * <i64>multiplier + (1 << 30)) >> 31);
  return requantize_right(acc, multiplier, -shift);
}

/** `requantize` where the shift goes right, by `exponent` in [1, 31]. */
export function requantize_right(acc: i32, multiplier: i32, exponent: i32): i32 {
  // In 64 bits the sum of the second rounding can't overflow.
  let high: i64 = (<i64>acc * <i64>multiplier + (1 << 30)) >> 31;
  return <i32>((high + ((<i64>1) << (exponent - 1)) + (high >> 63)) >> exponent);
}

/** (a · b + 2^30) >> 31, one of them not −2^31. */
export function high_multiply(a: i32, b: i32): i32 {
  return <i32>((<i64>a * <i64>b + (1 << 30)) >> 31);
}

/**
 * acc · multiplier / 2^31 / 2^exponent, rounded once, halves up. `multiplier` as in `requantize`, `exponent` in [-30, 31],
 * to the left where negative.
 */
export function requantize_once(acc: i32, multiplier: i32, exponent: i32): i32 {
  return <i32>((<i64>acc * <i64>multiplier + ((<i64>1) << (30 + exponent))) >> (31 + exponent));
}

/**
 * acc · multiplier / 2^exponent, rounded once, halves up: the scaling of int64 accumulators (TFLite reference: common.h,
 * MultiplyByQuantizedMultiplier of int64). `acc` within ±2^47, `multiplier` Q15 in [2^14, 2^15) or 0, `exponent` in
 * [1, 46].
 */
export function requantize_wide(acc: i64, multiplier: i32, exponent: i32): i32 {
  return <i32>((acc * <i64>multiplier + ((<i64>1) << (exponent - 1))) >> exponent);
}

/** `value` · 2^bits, kept within int32; bits in [0, 31]. */
export function shift_left_saturating(value: i32, bits: i32): i32 {
  return <i32>min<i64>(max<i64>((<i64>value) << bits, i32.MIN_VALUE), i32.MAX_VALUE);
}

/** `value` kept within [low, high]; taken branches are rare. */
export function clamp(value: i32, low: i32, high: i32): i32 {
  if (value < low) return low;
  if (value > high) return high;
  return value;
}
