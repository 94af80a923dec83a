/** The reciprocal of fixed-point numbers, scalar (gemmlowp: fixedpoint.h). */

import { high_multiply } from "./fixed_point";

/**
 * 1 / (1 + x) in Q31 for x in Q31, [0, 1): three Newton-Raphson steps from 48/17 − 32/17 · (1 + x)/2 (gemmlowp:
 * one_over_one_plus_x_for_x_in_0_1). Estimates are Q29; no step but the last shift can leave its range.
 */
export function reciprocal(x: i32): i32 {
  let half = (x >> 1) + (1 << 30);
  let estimate = 1515870810 + high_multiply(half, -1010580540);
  let step = 3;
  do {
    estimate += high_multiply(estimate, (1 << 29) - high_multiply(half, estimate)) << 2;
  } while (--step);
  return estimate < 1 << 30 ? estimate << 1 : i32.MAX_VALUE;
}
