/** The arithmetic of fixed_point.ts on four values at once that share one factor, the same to the bit. */

/**
 * `requantize` of four values by `multiplier` / 2^31 / 2^exponent; they come as `twice` the value, or as much as that
 * where `exponent` is negative and shifts them left: 2 · |value| · 2^max(0, −exponent) ≤ 2^31. `exponent` in [-30, 31].
 * Where it is positive, the half of the second rounding is added with that of the first, which the shift by 32 bits in
 * between leaves as it is. Rounded values below 0 take 1 off: those are the values below 0, but for −1/2, which becomes 0
 * either way.
 */
export function requantize_splat(twice: v128, multiplier: i32, exponent: i32): v128 {
  if (exponent < 0) twice = i32x4.shl(twice, -exponent);
  let factors = i32x4.splat(multiplier);
  let halves = i64x2.splat(exponent > 0 ? ((<i64>1) << 31) + ((<i64>1) << (31 + exponent)) : (<i64>1) << 31);
  let low = i64x2.add(i64x2.extmul_low_i32x4_s(twice, factors), halves);
  let high = i64x2.add(i64x2.extmul_high_i32x4_s(twice, factors), halves);
  let rounded = v128.shuffle<i32>(low, high, 1, 3, 5, 7);
  if (exponent <= 0) return rounded;
  return i32x4.shr_s(i32x4.add(rounded, i32x4.shr_s(twice, 31)), exponent);
}
