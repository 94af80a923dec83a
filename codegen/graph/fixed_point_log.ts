/** ln on int32 fixed-point numbers, bit for bit TFLite's (TFLite: common.h, log_x_for_x_greater_than_or_equal_to_1). */

import { highMultiply, roundingDivideByPot, shiftLeftSaturating } from "./fixed_point.ts";
import { oneOverOnePlus } from "./fixed_point_functions.ts";

/** Constants with 0 integer bits. */
const LN_2 = 1488522236;
const ROOT_HALF = 1518500250;
const FOURTH_ROOT_HALF = 1805811301;
/** Of a rational function that is near ln(1 + x) around √√½, by the names they have in TFLite. */
const ALPHA_N = 117049297;
const ALPHA_D = 127690142;
const ALPHA_I = 1057819769;
const ALPHA_F = 638450708;

/** Integer bits of the sum of a power of two's logarithm and the rest's. */
const SUM_BITS = 6;

/** ln a for a ≥ 1 with 12 integer bits; 5 integer bits out. */
export function logAboveOne(a: number): number {
  // a = 2^k · r, once with r in [½, 1) · √2 and once with r in [½, 1); the smaller r is the one nearer to √√½.
  const leading = Math.clz32(a);
  const first = shiftLeftSaturating(highMultiply(shiftLeftSaturating(a, leading - 1), ROOT_HALF), 1);
  const headroom = Math.clz32(highMultiply(a, ROOT_HALF)) - 1;
  const r = Math.min(first, shiftLeftSaturating(a, headroom));
  const one = 2 ** (31 - SUM_BITS);
  const power = Math.max((12 - leading) * one + one / 4, (12 - headroom) * one - one / 4);

  const q = 2 * (r - FOURTH_ROOT_HALF);
  const square = highMultiply(q, q);
  const numerator = highMultiply(q, r) + highMultiply(highMultiply(q, square), ALPHA_N);
  const half = Math.floor((r + FOURTH_ROOT_HALF + 1) / 2);
  const denominator =
    highMultiply(half, ALPHA_I + q + highMultiply(ALPHA_D, square)) + highMultiply(ALPHA_F, q);
  const rest = highMultiply(roundingDivideByPot(numerator, SUM_BITS), oneOverOnePlus(denominator));
  return shiftLeftSaturating(highMultiply(power, LN_2) + rest, 1);
}
