/** Softmax of int8 over runs of values, with the shares of eight values at once by SIMD128 (TFLite reference: softmax.h). */

import { exponential } from "../exponential";
import { reciprocal } from "../reciprocal";
import { store_bytes } from "../short_vectors_simd128";

/**
 * requantize_right of four exponentials ≥ 0: the two floors of its roundings are one, `half` being both halves, and what is
 * below 2^64 for exponents up to 32 is shifted as unsigned.
 */
function shares_of(terms: v128, scales: v128, half: v128, exponent: i32): v128 {
  let low = i64x2.shr_u(i64x2.add(i64x2.extmul_low_i32x4_s(terms, scales), half), 31 + exponent);
  let high = i64x2.shr_u(i64x2.add(i64x2.extmul_high_i32x4_s(terms, scales), half), 31 + exponent);
  return v128.shuffle<i32>(low, high, 0, 2, 4, 6);
}

/**
 * As softmax_s8 to int8 of scale 1/256 and zero point −128, of a depth in [1, 1023], so that no sum has fewer than 3 leading
 * zeros. `terms`: scratch of int32[depth], the depth rounded up to a multiple of 8.
 */
export function softmax_s8_simd128(
  input: usize,
  output: usize,
  rows: i32,
  depth: i32,
  exponentials: usize,
  multiplier: i32,
  shift: i32,
  largest: i32,
  terms: usize,
): void {
  do {
    let end = input + depth;
    let highest = -128;
    let p = input;
    do {
      highest = max(highest, <i32>load<i8>(p));
      p += 1;
    } while (p < end);
    // Q12.19; the largest value's exponential makes it 2^19 at least.
    let sum = 0;
    let at = terms;
    do {
      let difference = highest - <i32>load<i8>(input);
      let term = inline.always(exponential(difference, exponentials, multiplier, shift, largest));
      store<i32>(at, term);
      sum += (term + (1 << 11)) >>> 12;
      input += 1;
      at += 4;
    } while (input < end);
    let headroom = <i32>clz(sum);
    let scales = i32x4.splat(reciprocal((sum << headroom) ^ i32.MIN_VALUE));
    let exponent = 35 - headroom;
    let half = i64x2.splat((1 << 30) + ((<i64>1) << (30 + exponent)));
    let left = depth;
    at = terms;
    do {
      let a = inline.always(shares_of(v128.load(at), scales, half, exponent));
      let b = inline.always(shares_of(v128.load(at, 16), scales, half, exponent));
      let values = i16x8.sub(i16x8.narrow_i32x4_s(a, b), i16x8.splat(128));
      let bytes = i64x2.extract_lane(i8x16.narrow_i16x8_s(values, values), 0);
      if (left >= 8) store<u64>(output, bytes);
      else inline.always(store_bytes(output, bytes, left));
      output += min(left, 8);
      at += 32;
      left -= 8;
    } while (left > 0);
  } while (--rows);
}
