/** 1 / √x of integers in fixed point, bit for bit TFLite's (TFLite: common.h, GetInvSqrtQuantizedMultiplierExp). */

import { type FixedFactor, highMultiply, roundingDivideByPot, shiftLeftSaturating } from "./fixed_point.ts";

const MAX = 2 ** 31 - 1;
/** √½ with 0 integer bits. */
const ROOT_HALF = 1518500250;

/** The factor 1 / √value for an int32 `value` ≥ 0; 1 where it is 0. */
export function inverseSquareRoot(value: number): FixedFactor {
  if (value <= 1) return { multiplier: MAX, shift: 0 };
  // value = mantissa · 4^k with a mantissa in [2^27, 2^29).
  let mantissa = value;
  let exponent = 11;
  while (mantissa >= 2 ** 29) {
    mantissa = Math.floor(mantissa / 4);
    exponent += 1;
  }
  while (mantissa < 2 ** 27) {
    mantissa *= 4;
    exponent -= 1;
  }
  // Newton and Raphson from 1, with 3 integer bits: x ← 3/2 x − mantissa/2 x³.
  const half = roundingDivideByPot(mantissa >> 1, 1);
  let x = 2 ** 28;
  for (let step = 0; step < 5; step++) {
    const cube = shiftLeftSaturating(highMultiply(highMultiply(x, x), x), 6);
    x = shiftLeftSaturating(highMultiply(2 ** 28 + 2 ** 27, x) - highMultiply(half, cube), 3);
  }
  const multiplier = highMultiply(x, ROOT_HALF);
  return exponent < 0
    ? { multiplier: multiplier * 2 ** -exponent, shift: 0 }
    : { multiplier, shift: 0 - exponent };
}
