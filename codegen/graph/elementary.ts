/**
 * exp, log, tanh, erfc, sine and cosine in doubles, by nothing but additions, multiplications, divisions and square
 * roots, so that they give the same bits on every machine: a table made by them is the same wherever it is made. Within
 * a few units of a double's last place, which is far below a float32's. assembly/elementary.ts runs the same steps.
 * Ranges are reduced as W. J. Cody and W. Waite, "Software Manual for the Elementary Functions", do.
 */

import { frexp } from "./fixed_point.ts";

const { LOG2E } = Math;
/** ln 2 as a number of 32 bits, whose products with small integers are exact, and the rest. */
const LN_2_HIGH = 0.6931471803691238;
const LN_2_LOW = 1.9082149292705877e-10;
/** Added and taken away, it rounds a double within ±2^51 to an integer, halves to even. */
const ROUNDER = 1.5 * 2 ** 52;

/** e^x − `minus` for 0 or 1; arguments beyond ±700 count as ±700. */
function exponential(x: number, minus: 0 | 1): number {
  const limited = Math.min(Math.max(x, -700), 700);
  const power = limited * LOG2E + ROUNDER - ROUNDER;
  const rest = limited - power * LN_2_HIGH - power * LN_2_LOW;
  // e^r − 1 = r(1 + r/2(1 + r/3(1 + …))) for |r| ≤ ln 2 / 2.
  let sum = 1;
  for (let n = 14; n > 1; n--) sum = 1 + (sum * rest) / n;
  const scale = 2 ** power;
  return sum * rest * scale + (scale - minus);
}

/** e^x; arguments beyond ±700 count as ±700. */
export function exp(x: number): number {
  return exponential(x, 0);
}

/** e^x − 1, exact in its last places near 0 too; arguments beyond ±700 count as ±700. */
export function expMinusOne(x: number): number {
  return exponential(x, 1);
}

/** ln x; −Infinity for 0, NaN below it. */
export function log(x: number): number {
  if (!(x > 0)) return x === 0 ? -Infinity : Number.NaN;
  if (x === Infinity) return x;
  let { mantissa, exponent } = frexp(x);
  if (mantissa < Math.SQRT1_2) {
    mantissa *= 2;
    exponent -= 1;
  }
  // ln m = 2 atanh s = 2s(1 + s²/3 + s⁴/5 + …) for m in [√½, √2), so |s| < 0.172.
  const s = (mantissa - 1) / (mantissa + 1);
  const square = s * s;
  let sum = 0;
  for (let n = 23; n > 0; n -= 2) sum = sum * square + 1 / n;
  return 2 * s * sum + exponent * Math.LN2;
}

/** (e^2|x| − 1) / (e^2|x| + 1) with the sign of x. */
export function tanh(x: number): number {
  const exponential = expMinusOne(2 * Math.abs(x));
  const magnitude = exponential / (exponential + 2);
  return x < 0 || Object.is(x, -0) ? -magnitude : magnitude;
}

/** 1 − erf x (Abramowitz and Stegun, 7.1.6 and 7.1.14). */
export function erfc(x: number): number {
  if (x < 0) return 2 - erfc(-x);
  const factor = exp(-x * x) / Math.sqrt(Math.PI);
  if (x < 2) {
    let term = 2 * x;
    let sum = term;
    for (let n = 1; n < 60; n++) {
      term *= (2 * x * x) / (2 * n + 1);
      sum += term;
    }
    return 1 - factor * sum;
  }
  let fraction = x;
  for (let n = 120; n > 0; n--) fraction = x + n / 2 / fraction;
  return factor / fraction;
}
