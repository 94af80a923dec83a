/**
 * How this machine multiplies with relaxed SIMD's `i32x4.relaxed_dot_i8x16_i7x16_add_s`. Its second operand is meant to have
 * 7 bits; with 8, WebAssembly leaves open whether it is signed (ARM) or unsigned (x86), and whether sums of two products are
 * cut to 16 bits (x86 without VNNI). Some engines get even 7 bits wrong. So the instruction is asked, with telling values.
 */

/** Exports `dot(a, b, c)`: four times a · b, plus c, with `a` and `b` cut to bytes. `tests/package/dot_probe.test.ts` has its text. */
export const DOT_PROBE: readonly number[] = [
  0, 97, 115, 109, 1, 0, 0, 0, 1, 8, 1, 96, 3, 127, 127, 127, 1, 127, 3, 2, 1, 0, 7, 7, 1, 3, 100, 111, 116,
  0, 0, 10, 22, 1, 20, 0, 32, 0, 253, 15, 32, 1, 253, 15, 32, 2, 253, 17, 253, 147, 2, 253, 27, 0, 11,
];

/** Is valid where there is SIMD128. */
export const SIMD_PROBE: readonly number[] = [
  0, 97, 115, 109, 1, 0, 0, 0, 1, 4, 1, 96, 0, 0, 3, 2, 1, 0, 10, 9, 1, 7, 0, 65, 0, 253, 15, 26, 11,
];

/** Values of `a` and `b`, and what four times their product is on the machines in question. */
export type DotCase = readonly [a: number, b: number, sum: number];

/** Everywhere, or the instruction is broken. */
export const SEVEN_BITS: readonly DotCase[] = [
  [127, 127, 64_516],
  [-128, 127, -65_024],
  [-1, 64, -256],
];

/**
 * Where the second operand is signed. −128 · −128 twice is 2^15, which older ARM cores cut to −2^15: kernels never multiply
 * two neighbours by −128, so it is not asked for.
 */
export const SIGNED: readonly DotCase[] = [
  [1, -128, -512],
  [127, -128, -65_024],
  [-128, -127, 65_024],
  [-127, -128, 65_024],
];

/** Where it is unsigned, and sums of two products have more than 16 bits. */
export const UNSIGNED: readonly DotCase[] = [
  [1, -128, 512],
  [127, -1, 129_540],
  [-128, -1, -130_560],
  [-128, -128, -65_536],
];

/** Bits of the second operand, signed or unsigned, for which `dot` is exact: 8, 7, or 0 where it is not at all. */
export function exactBits(dot: (a: number, b: number, c: number) => number): 0 | 7 | 8 {
  const exact = (cases: readonly DotCase[]) => cases.every(([a, b, sum]) => dot(a, b, 1) === sum + 1);
  if (!exact(SEVEN_BITS)) return 0;
  return exact(SIGNED) || exact(UNSIGNED) ? 8 : 7;
}
