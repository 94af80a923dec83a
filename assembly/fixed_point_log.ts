/** ln in fixed point (TFLite reference: common.h, log_x_for_x_greater_than_or_equal_to_1). */

import { high_multiply, shift_left_saturating } from "./fixed_point";
import { reciprocal } from "./reciprocal";

/**
 * ln of Q12.19 `value` ≥ 1 in Q5.26: of a power of two, and of a number around √√½ by a rational function. There are two
 * ways to take them apart; the right one has the smaller number.
 */
export function log_above_one(value: i32): i32 {
  let leading = <i32>clz(value);
  let number = shift_left_saturating(high_multiply(shift_left_saturating(value, leading - 1), 1518500250), 1);
  let headroom = <i32>clz(high_multiply(value, 1518500250)) - 1;
  number = min(number, shift_left_saturating(value, headroom));
  // Q6.25, as the sum below.
  let power = max(((12 - leading) << 25) + (1 << 23), ((12 - headroom) << 25) - (1 << 23));

  let q = (number - 1805811301) << 1;
  let square = high_multiply(q, q);
  let numerator = high_multiply(q, number) + high_multiply(high_multiply(q, square), 117049297);
  let half = <i32>((<u32>number + 1805811301 + 1) >> 1);
  let denominator = high_multiply(half, 1057819769 + q + high_multiply(127690142, square));
  let rest = reciprocal(denominator + high_multiply(638450708, q));
  rest = high_multiply((numerator + 32 + (numerator >> 31)) >> 6, rest);
  return shift_left_saturating(high_multiply(power, 1488522236) + rest, 1);
}
