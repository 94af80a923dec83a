/**
 * Dot products of relaxed SIMD, used so that they are exact. Their first operand is signed; machines differ in how they take
 * the eighth bit of the second. There are two ways to live with that:
 * - eight bits: weights first, activations second. Where the second operand is unsigned, each activation's highest bit is
 *   flipped, which adds 128, and 128 · Σ weights is taken off. Exact on machines whose `dot_bits` are 8.
 * - seven bits: activations first, weights second, raised by the generator so that they lie within [0, 127]. What they were
 *   raised by, times Σ activations, is taken off. Exact on all machines whose `dot_bits` are 7 or more. Weights of four bits are
 *   raised by 8 and stand two in a byte.
 */

/** Per lane: c plus four products of bytes; `x` are activations, `w` weights of `bits` bits: 8, 7 or 4. */
export function dot_bytes(x: v128, w: v128, c: v128, bits: i32): v128 {
  return bits < 8
    ? i32x4.relaxed_dot_i8x16_i7x16_add_s(x, w, c)
    : i32x4.relaxed_dot_i8x16_i7x16_add_s(w, x, c);
}

/** All bits set where this machine takes the second operand as unsigned, none where as signed. */
export function takes_unsigned(): v128 {
  let product = i32x4.relaxed_dot_i8x16_i7x16_add_s(i8x16.splat(1), i8x16.splat(-128), i32x4.splat(0));
  return i32x4.gt_s(product, i32x4.splat(0));
}

/** Copies `count` bytes, a multiple of 16 above 0, with the bits of `flips` flipped; in place too. */
export function copy_flipped(to: usize, from: usize, count: i32, flips: v128): void {
  let end = to + count;
  do {
    v128.store(to, v128.xor(v128.load(from), flips));
    from += 16;
    to += 16;
  } while (to < end);
}

/** In all lanes the sum of `count` int8 values, a multiple of 16 above 0. */
export function sum_bytes(at: usize, count: i32): v128 {
  let end = at + count;
  let sums = i32x4.splat(0);
  do {
    let pairs = i16x8.extadd_pairwise_i8x16_s(v128.load(at));
    sums = i32x4.add(sums, i32x4.extadd_pairwise_i16x8_s(pairs));
    at += 16;
  } while (at < end);
  sums = i32x4.add(sums, v128.shuffle<i32>(sums, sums, 2, 3, 0, 1));
  return i32x4.add(sums, v128.shuffle<i32>(sums, sums, 1, 0, 3, 2));
}

/** The low halves of all bytes. */
export function low_halves(bytes: v128): v128 {
  return v128.and(bytes, i8x16.splat(15));
}

/** The high halves of all bytes. */
export function high_halves(bytes: v128): v128 {
  return v128.and(i16x8.shr_u(bytes, 4), i8x16.splat(15));
}
