/** The arithmetic of fixed_point.ts on four accumulators at once, the same to the bit. */

/** Per lane: (value · factor + 2^30) >> 31, in 64 bits. */
function scale_lanes(values: v128, factors: v128): v128 {
  let half = i64x2.splat(1 << 30);
  let low = i64x2.shr_u(i64x2.add(i64x2.extmul_low_i32x4_s(values, factors), half), 31);
  let high = i64x2.shr_u(i64x2.add(i64x2.extmul_high_i32x4_s(values, factors), half), 31);
  // The low halves of the four 64-bit sums: the bits that a logical shift fills in lie above them.
  return v128.shuffle<i32>(low, high, 0, 2, 4, 6);
}

/** Per lane: (value · factor + 2^(exponent − 1)) >> exponent, in 64 bits. */
function scale_lanes_once(values: v128, factors: v128, exponent: i32): v128 {
  let half = i64x2.splat((<i64>1) << (exponent - 1));
  let low = i64x2.shr_s(i64x2.add(i64x2.extmul_low_i32x4_s(values, factors), half), exponent);
  let high = i64x2.shr_s(i64x2.add(i64x2.extmul_high_i32x4_s(values, factors), half), exponent);
  return v128.shuffle<i32>(low, high, 0, 2, 4, 6);
}

/**
 * round(accumulator · scale + offset), to nearest, where the generator has proven that it is the integers' result for all
 * accumulators (float_requantize.ts). `parameters` + 16: float32 scales; + 32: offsets, which take the sign of the product
 * where `way` is SIGNED_FLOATS, 33. Adding 1.5 · 2^23 leaves the integer in the low bits of the sum.
 */
function requantize_floats(accumulators: v128, parameters: usize, way: i32): v128 {
  let scaled = f32x4.mul(f32x4.convert_i32x4_s(accumulators), v128.load(parameters, 16));
  let offsets = v128.load(parameters, 32);
  if (way == 33) offsets = v128.xor(offsets, v128.and(scaled, i32x4.splat(i32.MIN_VALUE)));
  let rounded = f32x4.add(f32x4.add(scaled, offsets), f32x4.splat(12582912.0));
  return i32x4.sub(rounded, i32x4.splat(0x4b400000));
}

/**
 * `requantize_right` of four accumulators. `parameters` + 16: their Q31 multipliers; + 32: their powers. Without a
 * uniform exponent, these are 2^(31 − e), e in [1, 31]: ((high + sign) · 2^(31 − e) + 2^30) >> 31 is
 * (high + 2^(e − 1) + sign) >> e, without a shift per lane. With a uniform exponent E ≥ e, they are 2^(E − e), and the
 * same holds in 32 bits where the generator has proven that |high| · 2^(E − e) + 2^(E − 1) stays below 2^31. With a
 * negative one, −E, it is `requantize_once`: accumulators times 2^(E − e), proven to stay below 2^31, are rounded once.
 * What is above 31 is no exponent but the way of requantize_floats.
 */
export function requantize_lanes(accumulators: v128, parameters: usize, uniform_exponent: i32): v128 {
  if (uniform_exponent > 31)
    return inline.always(requantize_floats(accumulators, parameters, uniform_exponent));
  if (uniform_exponent < 0) {
    let raised = i32x4.mul(accumulators, v128.load(parameters, 32));
    return inline.always(scale_lanes_once(raised, v128.load(parameters, 16), 31 - uniform_exponent));
  }
  let high = inline.always(scale_lanes(accumulators, v128.load(parameters, 16)));
  let signed = i32x4.add(high, i32x4.shr_s(high, 31));
  let powers = v128.load(parameters, 32);
  if (!uniform_exponent) return inline.always(scale_lanes(signed, powers));
  let half = i32x4.splat(1 << (uniform_exponent - 1));
  return i32x4.shr_s(i32x4.add(i32x4.mul(signed, powers), half), uniform_exponent);
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
  let a = i16x8.narrow_i32x4_s(a0, a1);
  let b = i16x8.narrow_i32x4_s(b0, b1);
  if (zero_point) {
    let zero_points = i16x8.splat(<i16>zero_point);
    a = i16x8.add_sat_s(a, zero_points);
    b = i16x8.add_sat_s(b, zero_points);
  }
  let bytes = i8x16.narrow_i16x8_s(a, b);
  // Narrowing keeps int8's own range already.
  if (low > -128) bytes = i8x16.max_s(bytes, i8x16.splat(<i8>low));
  if (high < 127) bytes = i8x16.min_s(bytes, i8x16.splat(<i8>high));
  return bytes;
}

/**
 * Sums of eight filters for each of two pixels as `pack_pixels` gives them, each four by `requantize_lanes`. `next`: bytes from
 * the parameters of the first four filters to those of the last four.
 */
export function requantize_pixels(
  a0: v128,
  a1: v128,
  b0: v128,
  b1: v128,
  parameters: usize,
  next: i32,
  uniform_exponent: i32,
  zero_point: i32,
  low: i32,
  high: i32,
): v128 {
  a0 = inline.always(requantize_lanes(a0, parameters, uniform_exponent));
  a1 = inline.always(requantize_lanes(a1, parameters + next, uniform_exponent));
  b0 = inline.always(requantize_lanes(b0, parameters, uniform_exponent));
  b1 = inline.always(requantize_lanes(b1, parameters + next, uniform_exponent));
  return inline.always(pack_pixels(a0, a1, b0, b1, zero_point, low, high));
}

/**
 * `requantize_wide` of four sums that fit 32 bits: (sum · multiplier + 2^(exponent − 1)) >> exponent. The exponent is that of
 * all lanes; a lane with a smaller one has its multiplier times as many powers of two, in 31 bits.
 */
export function requantize_wide_lanes(sums: v128, multipliers: v128, exponent: i32): v128 {
  let half = i64x2.splat((<i64>1) << (exponent - 1));
  let low = i64x2.add(i64x2.extmul_low_i32x4_s(sums, multipliers), half);
  let high = i64x2.add(i64x2.extmul_high_i32x4_s(sums, multipliers), half);
  return v128.shuffle<i32>(i64x2.shr_s(low, exponent), i64x2.shr_s(high, exponent), 0, 2, 4, 6);
}

/** Two vectors of four scaled sums as int16, kept within [low, high]. */
export function pack_int16(a: v128, b: v128, low: i32, high: i32): v128 {
  let values = i16x8.narrow_i32x4_s(a, b);
  // Narrowing keeps int16's own range already.
  if (low > -32768) values = i16x8.max_s(values, i16x8.splat(<i16>low));
  if (high < 32767) values = i16x8.min_s(values, i16x8.splat(<i16>high));
  return values;
}
