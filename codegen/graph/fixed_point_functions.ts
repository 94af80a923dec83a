/**
 * exp, logistic and tanh on int32 fixed-point numbers, bit for bit gemmlowp's (gemmlowp: fixedpoint.h). A number with
 * n integer bits stands for raw · 2^(n − 31).
 */

import { highMultiply, roundingDivideByPot } from "./fixed_point.ts";

const MAX = 2 ** 31 - 1;
const MIN = -(2 ** 31);
/** 1 with 0 integer bits: the largest int32. */
const ONE = MAX;

/** value · 2^exponent, saturating. */
function shiftLeft(value: number, exponent: number): number {
  return Math.min(Math.max(value * 2 ** exponent, MIN), MAX);
}

/** e^a for a in [−1/4, 0), 0 integer bits in and out: a Taylor polynomial around −1/8. */
function expNearZero(a: number): number {
  const expMinusEighth = 1895147668;
  const third = 715827883;
  const x = a + 2 ** 28;
  const x2 = highMultiply(x, x);
  const x3 = highMultiply(x2, x);
  const x4 = highMultiply(x2, x2);
  const tail = roundingDivideByPot(highMultiply(roundingDivideByPot(x4, 2) + x3, third) + x2, 1);
  return Math.min(expMinusEighth + highMultiply(expMinusEighth, x + tail), MAX);
}

/** e^(−2^k) with 0 integer bits, for k from −2 to 4. */
export const EXP_OF_POWERS: readonly number[] = [
  1672461947, 1302514674, 790015084, 290630308, 39332535, 720401, 242,
];
const LOWEST_POWER = -2;

/** e^a for a ≤ 0 with `integerBits` integer bits (0 to 31); 0 integer bits out. */
export function expOnNegative(a: number, integerBits: number): number {
  if (a === 0) return ONE;
  const fractionBits = 31 - integerBits;
  const quarter = 2 ** (fractionBits - 2);
  // a = −1/4 + rest, in two's complement, so that the rest of the exponent is a sum of powers of two.
  const modulus = (((a % quarter) + quarter) % quarter) - quarter;
  let result = expNearZero(shiftLeft(modulus, integerBits));
  const remainder = modulus - a;
  EXP_OF_POWERS.forEach((factor, index) => {
    const bit = LOWEST_POWER + index;
    if (integerBits > bit && Math.floor(remainder / 2 ** (fractionBits + bit)) % 2 === 1) {
      result = highMultiply(result, factor);
    }
  });
  if (integerBits > 5 && a < -(2 ** (fractionBits + 5))) return 0;
  return result;
}

/** (a + b) / 2, halves away from zero. */
function halfSum(a: number, b: number): number {
  const sum = a + b;
  return Math.trunc((sum + (sum >= 0 ? 1 : -1)) / 2);
}

/** 2 / (1 + a) for a in [0, 1], 2 integer bits out: three steps of Newton and Raphson. */
function twiceReciprocal(a: number): number {
  const half = halfSum(a, ONE);
  let x = 1515870810 + highMultiply(half, -1010580540);
  for (let step = 0; step < 3; step++) {
    const error = 2 ** 29 - highMultiply(half, x);
    x += shiftLeft(highMultiply(x, error), 2);
  }
  return x;
}

/** 1 / (1 + a) for a in [0, 1], 0 integer bits in and out. */
export function oneOverOnePlus(a: number): number {
  return shiftLeft(twiceReciprocal(a), 1);
}

/** 1 / (1 + e^−a), `integerBits` in, 0 integer bits out. */
export function logistic(a: number, integerBits: number): number {
  if (a === 0) return 2 ** 30;
  const positive = oneOverOnePlus(expOnNegative(-Math.abs(a), integerBits));
  return a > 0 ? positive : ONE - positive;
}

/** tanh a, `integerBits` in, 0 integer bits out. */
export function tanh(a: number, integerBits: number): number {
  if (a === 0) return 0;
  // (1 − e^−2|a|) / (1 + e^−2|a|); the factor 2 is one more integer bit.
  const exp = expOnNegative(-Math.abs(a), integerBits + 1);
  const magnitude = shiftLeft(twiceReciprocal(exp) - 2 ** 29, 2);
  return a > 0 ? magnitude : -magnitude;
}
