/**
 * exp, log, powers, tanh, arc tangent, erfc, sine and cosine in doubles, by nothing but additions, multiplications, divisions and square
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

/** x to a whole power from 0, by squares. */
function wholePower(x: number, power: number): number {
  let [result, square] = [1, x];
  for (let left = power; left > 0; left = Math.floor(left / 2)) {
    if (left % 2 === 1) result *= square;
    square *= square;
  }
  return result;
}

/** x^y: products for whole powers up to ±64, roots for halves of one, else e^(y ln x); NaN where x < 0 and y is not whole. */
export function power(x: number, y: number): number {
  const size = Math.abs(y);
  if (size <= 64 && Number.isInteger(2 * y)) {
    const whole = wholePower(x, Math.floor(size)) * (Number.isInteger(y) ? 1 : Math.sqrt(x));
    return y < 0 ? 1 / whole : whole;
  }
  if (x === 0) return y > 0 ? 0 : Infinity;
  const magnitude = exp(y * log(Math.abs(x)));
  if (x > 0) return magnitude;
  if (!Number.isInteger(y)) return Number.NaN;
  return y % 2 === 0 ? magnitude : -magnitude;
}

/** atan x: tan(a / 2) = tan a / (1 + √(1 + tan² a)) brings the argument near 0, where the series is short. */
export function arcTangent(x: number): number {
  const size = Math.abs(x);
  if (!(size <= 1)) return Number.isNaN(x) ? x : Math.sign(x) * (Math.PI / 2 - arcTangent(1 / size));
  let half = x;
  for (let halvings = 0; halvings < 3; halvings++) half /= 1 + Math.sqrt(1 + half * half);
  // atan t = t − t³/3 + t⁵/5 − … for |t| < 0.1.
  const square = half * half;
  let sum = 0;
  for (let n = 17; n > 0; n -= 2) sum = 1 / n - sum * square;
  return 8 * half * sum;
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

/** 2/π · 2^224, rounded down. */
const TURNS = 0xa2f9836e4e441529fc2757d1f534ddc0db6295993c439041fe5163abn;

/** The first 224 bits of 2/π after 32 that are 0, in words, first bits first. */
export const TURN_WORDS: Uint32Array = Uint32Array.from({ length: 8 }, (_, word) =>
  Number(BigInt.asUintN(32, TURNS >> BigInt(32 * (7 - word)))),
);

/**
 * |x| in quarter turns, for a float32 |x| ≥ π/4: how many, modulo 4, and the rest in radians, within ±π/4. The product with
 * 2/π is exact to 2^-62 of a quarter turn (M. Payne and R. Hanek, "Radian reduction for trigonometric functions").
 */
function quarterTurns(x: number): { readonly quarter: number; readonly rest: number } {
  const bits = new DataView(new Float32Array([x]).buffer).getUint32(0, true) & 0x7fffffff;
  const mantissa = BigInt((bits & 0x7fffff) | 0x800000);
  // |x| = mantissa · 2^(exponent − 150); what makes less than 2^-94 of a turn is left out, whole turns wrap.
  const window = BigInt.asUintN(96, TURNS >> BigInt(280 - (bits >>> 23)));
  const product = BigInt.asUintN(64, (mantissa * window) >> 32n);
  const whole = (product + 2n ** 61n) >> 62n;
  const rest = Number(product - (whole << 62n)) * (Math.PI / 2 / 2 ** 62);
  return { quarter: Number(whole) % 4, rest };
}

/** sin(x + `quarters` · π/2) of a float32 number, for 0 or 1 quarters. */
function sine(x: number, quarters: 0 | 1): number {
  const magnitude = Math.abs(x);
  if (magnitude === Infinity) return Number.NaN;
  const { quarter, rest } =
    magnitude >= Math.PI / 4 ? quarterTurns(magnitude) : { quarter: 0, rest: magnitude };
  const turned = quarter + quarters;
  // sin r = r(1 − r²/(2·3)(1 − r²/(4·5)(…))), cos r = 1 − r²/(1·2)(1 − r²/(3·4)(…)).
  const square = rest * rest;
  let sum = 1;
  for (let n = turned % 2 === 1 ? 17 : 18; n > 0; n -= 2) sum = 1 - (sum * square) / (n * (n + 1));
  if (turned % 2 === 0) sum *= rest;
  const opposite = quarters === 0 && (x < 0 || Object.is(x, -0));
  return ((turned & 2) !== 0) !== opposite ? -sum : sum;
}

/** sin x of a float32 number; NaN where it is infinite. */
export function sin(x: number): number {
  return sine(x, 0);
}

/** cos x of a float32 number; NaN where it is infinite. */
export function cos(x: number): number {
  return sine(x, 1);
}
