/** The arithmetic of fixed_point.ts on four accumulators at once, the same to the bit. */

/** Per lane: (value · factor + 2^30) >> 31, in 64 bits. */
function scale_lanes(values: v128, factors: v128): v128 {
  let half = i64x2.splat(1 << 30);
  let low = i64x2.shr_u(i64x2.add(i64x2.extmul_low_i32x4_s(values, factors), half), 31);
  let high = i64x2.shr_u(i64x2.add(i64x2.extmul_high_i32x4_s(values, factors), half), 31);
  // The low halves of the four 64-bit sums: the bits that a logical shift fills in lie above them.
  return v128.shuffle<i32>(low, high, 0, 2, 4, 6);
}

/**
 * `requantize_right` of four accumulators. `powers` are 2^(31 − exponent), exponent in [1, 31]: then
 * ((high + sign) · 2^(31 − e) + 2^30) >> 31 is (high + 2^(e − 1) + sign) >> e, without a shift per lane.
 */
export function requantize_right_lanes(accumulators: v128, multipliers: v128, powers: v128): v128 {
  let high = inline.always(scale_lanes(accumulators, multipliers));
  return inline.always(scale_lanes(i32x4.add(high, i32x4.shr_s(high, 31)), powers));
}

/**
 * Two vectors of four requantized values for each of two pixels, as int8 with the zero point added, kept within
 * [low, high]: bytes 0 to 7 are the first pixel's, 8 to 15 the second's.
 */
export function pack_pixels(
  a0: v128,
  a1: v128,
  b0: v128,
  b1: v128,
  zero_point: i32,
  low: i32,
  high: i32,
): v128 {
  let zero_points = i16x8.splat(<i16>zero_point);
  let a = i16x8.add_sat_s(i16x8.narrow_i32x4_s(a0, a1), zero_points);
  let b = i16x8.add_sat_s(i16x8.narrow_i32x4_s(b0, b1), zero_points);
  let bytes = i8x16.narrow_i16x8_s(a, b);
  return i8x16.min_s(i8x16.max_s(bytes, i8x16.splat(<i8>low)), i8x16.splat(<i8>high));
}
