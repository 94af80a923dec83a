/**
 * exp, log, sine and cosine in doubles, step by step those of codegen/graph/elementary.ts, so that they give its bits on
 * every engine. None of them can trap, whatever the argument.
 */

/** Added and taken away, it rounds a double within ±2^51 to an integer, which its bits then end with. */
const ROUNDER: f64 = 1.5 * 4503599627370496.0;

/** e^x − `minus` for 0 or 1; arguments beyond ±700 count as ±700. */
export function exponential_f64(x: f64, minus: f64): f64 {
  let limited = min<f64>(max<f64>(x, -700), 700);
  let rounded = limited * Math.LOG2E + ROUNDER;
  let power = rounded - ROUNDER;
  let rest = limited - power * 0.6931471803691238 - power * 1.9082149292705877e-10;
  let sum: f64 = 1;
  let n: f64 = 14;
  do {
    sum = 1 + (sum * rest) / n;
    n -= 1;
  } while (n > 1);
  let scale = reinterpret<f64>((reinterpret<i64>(rounded) + 1023) << 52);
  return sum * rest * scale + (scale - minus);
}

/** ln x; −Infinity for 0, NaN below it. */
export function log_f64(x: f64): f64 {
  if (!(x > 0)) return x == 0 ? -Infinity : NaN;
  if (x == Infinity) return x;
  let bits = reinterpret<i64>(x);
  // A mantissa in [½, 1), then in [√½, √2); float32 numbers have no subnormal doubles.
  let exponent = <f64>(<i32>(bits >> 52) - 1022);
  let mantissa = reinterpret<f64>((bits & 0xfffffffffffff) | 0x3fe0000000000000);
  if (mantissa < Math.SQRT1_2) {
    mantissa *= 2;
    exponent -= 1;
  }
  let s = (mantissa - 1) / (mantissa + 1);
  let square = s * s;
  let sum: f64 = 0;
  let n: f64 = 23;
  do {
    sum = sum * square + 1 / n;
    n -= 2;
  } while (n > 0);
  return 2 * s * sum + exponent * Math.LN2;
}

/**
 * sin(x + `quarters` · π/2) of a float32 number; NaN for infinite ones. `turns`: the first 224 bits of 2/π after 32
 * that are 0, in words, first bits first.
 */
export function sine_f64(x: f32, quarters: i32, turns: usize): f64 {
  let rest = abs<f64>(<f64>x);
  let quarter = 0;
  if (rest >= 0.7853981633974483) {
    // |x| = mantissa · 2^(exponent − 150). Its product with the 96 bits of 2/π that matter is a number of quarter turns
    // with 62 bits below the point, of which those above 2 wrap.
    let bits = reinterpret<u32>(x) & 0x7fffffff;
    if (bits >= 0x7f800000) return NaN;
    let mantissa = <u64>((bits & 0x7fffff) | 0x800000);
    let offset = <i32>(bits >> 23) - 120;
    let word = turns + ((offset >> 5) << 2);
    let high = ((<u64>load<u32>(word)) << 32) | load<u32>(word, 4);
    let low = ((<u64>load<u32>(word, 8)) << 32) | load<u32>(word, 12);
    let shift = offset & 31;
    if (shift) {
      high = (high << shift) | (low >> (64 - shift));
      low <<= shift;
    }
    let product = mantissa * high + ((mantissa * (low >> 32)) >> 32);
    let whole = (product + (1 << 61)) >> 62;
    quarter = <i32>whole;
    rest = <f64>(<i64>(product - (whole << 62))) * 3.4061215800865545e-19;
  }
  // The quarters and the sign of x: sin(−x) = −sin x, but cos(−x) = cos x.
  quarter += quarters;
  let square = rest * rest;
  let odd = quarter & 1;
  let sum: f64 = 1;
  let n: f64 = odd ? 17 : 18;
  do {
    sum = 1 - (sum * square) / (n * (n + 1));
    n -= 2;
  } while (n > 0);
  if (!odd) sum *= rest;
  let negative = ((quarter >> 1) ^ (quarters ? 0 : <i32>(reinterpret<u32>(x) >> 31))) & 1;
  return negative ? -sum : sum;
}
