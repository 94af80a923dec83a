/** The reference of the fixed-point arithmetic, and how real factors become integers (TFLite: quantization_util.cc). */

/** A real factor as `multiplier` · 2^(shift − 31): Q31 in [2^30, 2^31), or 0; shift in [-31, 30]. */
export interface FixedFactor {
  readonly multiplier: number;
  readonly shift: number;
}

/** Splits a positive double into mantissa in [0.5, 1) and exponent, as C's `frexp`. */
export function frexp(value: number): { mantissa: number; exponent: number } {
  if (value === 0 || !Number.isFinite(value)) return { mantissa: value, exponent: 0 };
  // An estimate, which the loops below correct: a logarithm's last bits are the machine's.
  let exponent = Math.max(-1023, Math.floor(Math.log2(Math.abs(value))) + 1);
  let mantissa = value * 2 ** -exponent;
  while (Math.abs(mantissa) < 0.5) {
    mantissa *= 2;
    exponent -= 1;
  }
  while (Math.abs(mantissa) >= 1) {
    mantissa /= 2;
    exponent += 1;
  }
  return { mantissa, exponent };
}

/** TFLite's `TfLiteRound`: to the nearest integer, halves away from zero. */
export function roundAway(value: number): number {
  return Math.sign(value) * Math.floor(Math.abs(value) + 0.5);
}

/** To the nearest integer, halves to the even one, as ONNX rounds. */
export function roundEven(value: number): number {
  const low = Math.floor(value);
  return value - low === 0.5 ? 2 * Math.ceil(low / 2) : Math.round(value);
}

/** `QuantizeMultiplier`: the closest `FixedFactor` to `factor` ≥ 0; factors below 2^-32 become 0. */
export function fixedFactor(factor: number): FixedFactor {
  if (factor === 0) return { multiplier: 0, shift: 0 };
  const { mantissa, exponent } = frexp(factor);
  let multiplier = roundAway(mantissa * 2 ** 31);
  let shift = exponent;
  if (multiplier === 2 ** 31) {
    multiplier /= 2;
    shift += 1;
  }
  if (shift < -31) return { multiplier: 0, shift: 0 };
  if (shift > 30) return { multiplier: 2 ** 31 - 1, shift: 30 };
  return { multiplier, shift };
}

/** The smallest whole n with `value` ≤ 2^n, for a positive `value`. */
export function bitsFor(value: number): number {
  const { mantissa, exponent } = frexp(value);
  return mantissa === 0.5 ? exponent - 1 : exponent;
}

/** `SaturatingRoundingDoublingHighMul`: (a · b + 2^30) >> 31 of two int32; −2^31 times itself saturates. */
export function highMultiply(a: number, b: number): number {
  if (a === -(2 ** 31) && b === -(2 ** 31)) return 2 ** 31 - 1;
  // a · b = (a · high) · 2^16 + a · low; each product is below 2^48, so doubles hold it exactly.
  const high = Math.floor(b / 2 ** 16);
  const low = b - high * 2 ** 16;
  return Math.floor((a * high + Math.floor((a * low + 2 ** 30) / 2 ** 16)) / 2 ** 15);
}

/** `RoundingDivideByPOT`: value / 2^exponent, halves away from zero; exponent in [0, 31]. */
export function roundingDivideByPot(value: number, exponent: number): number {
  if (exponent === 0) return value;
  const divisor = 2 ** exponent;
  return Math.floor((value + divisor / 2 + (value < 0 ? -1 : 0)) / divisor);
}

/** `MultiplyByQuantizedMultiplier`: `accumulator` (int32) times `factor`, rounded twice. */
export function requantize(accumulator: number, { multiplier, shift }: FixedFactor): number {
  const left = shift > 0 ? shift : 0;
  return roundingDivideByPot(highMultiply(accumulator << left, multiplier), left - shift);
}

/**
 * `accumulator` (int32) times `factor`, rounded once, halves up: what networks get whose contract is the real product
 * (ONNX), since two roundings differ from it in one of 2^(1 − shift) values.
 */
export function requantizeOnce(accumulator: number, { multiplier, shift }: FixedFactor): number {
  const product = BigInt(accumulator) * BigInt(multiplier) + (1n << BigInt(30 - shift));
  return Number(BigInt.asIntN(32, product >> BigInt(31 - shift)));
}

/**
 * A factor that `requantize` rounds once, as `requantizeOnce` would: below 1 all of it is in the multiplier, which has
 * enough bits for accumulators that stay small. The closest `FixedFactor` where it hasn't.
 */
export function onceFactor(factor: number): FixedFactor {
  const multiplier = roundAway(factor * 2 ** 31);
  return factor < 0.5 && multiplier >= 2 ** 20 ? { multiplier, shift: 0 } : fixedFactor(factor);
}

/**
 * How int64 accumulators are scaled: the multiplier cut to 16 bits, in [2^14, 2^15) or 0, and the right shift that
 * follows it, in [1, 46].
 */
export interface WideFactor {
  readonly multiplier: number;
  readonly exponent: number;
}

/** The factor of 16x8 layers from the one of 8x8 layers (TFLite: MultiplyByQuantizedMultiplier of int64). */
export function wideFactor({ multiplier, shift }: FixedFactor): WideFactor {
  const cut = multiplier < 0x7fff0000 ? Math.floor((multiplier + 2 ** 15) / 2 ** 16) : 0x7fff;
  return { multiplier: cut, exponent: 15 - shift };
}

/** `accumulator` (int64 within ±2^47) times `factor`, rounded once, halves up; low 32 bits of the result. */
export function requantizeWide(accumulator: bigint, { multiplier, exponent }: WideFactor): number {
  const half = 1n << BigInt(exponent - 1);
  return Number(BigInt.asIntN(32, (accumulator * BigInt(multiplier) + half) >> BigInt(exponent)));
}

/** `value` · 2^bits, kept within int32; bits in [0, 31]. */
export function shiftLeftSaturating(value: number, bits: number): number {
  return clamp(value * 2 ** bits, -(2 ** 31), 2 ** 31 - 1);
}

/** `value` kept within [low, high]. */
export function clamp(value: number, low: number, high: number): number {
  return Math.min(Math.max(value, low), high);
}
