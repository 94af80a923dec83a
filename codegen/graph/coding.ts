/** How integers stand for real numbers, for a tensor as a whole. */

import { clamp, roundEven } from "./fixed_point.ts";
import { type DType, integerRange, type Tensor } from "./tensor.ts";

/** real = scale · (integer − zeroPoint). */
export interface Coding {
  readonly dtype: DType;
  readonly scale: number;
  readonly zeroPoint: number;
}

export function sameCoding(a: Coding | undefined, b: Coding | undefined): boolean {
  return !!a && !!b && a.dtype === b.dtype && a.scale === b.scale && a.zeroPoint === b.zeroPoint;
}

/** The integer that stands for a real number, rounded and cut off as ONNX does; 0's for NaN. */
export function encode(real: number, { dtype, scale, zeroPoint }: Coding): number {
  const { min, max } = integerRange(dtype);
  const quotient = Math.fround(Math.fround(real) / scale);
  return Number.isNaN(quotient) ? zeroPoint : clamp(roundEven(quotient) + zeroPoint, min, max);
}

/** What an int8 coding's integers stand for, −128 to 127, in float32. */
export function realsOf({ scale, zeroPoint }: Coding): Float64Array {
  return Float64Array.from({ length: 256 }, (_, index) => Math.fround(scale * (index - 128 - zeroPoint)));
}

/** The real numbers at the ends of an int8 coding. */
export function rangeOf({ scale, zeroPoint }: Coding): [low: number, high: number] {
  return [scale * (-128 - zeroPoint), scale * (127 - zeroPoint)];
}

/** Tells codings apart, as a key of a map. */
export function codingKey({ dtype, scale, zeroPoint }: Coding): string {
  return `${dtype} ${scale} ${zeroPoint}`;
}

/** The int8 coding with the smallest steps for real numbers from `low` to `high`, and 0 among them. */
export function codingFor(low: number, high: number): Coding {
  const [least, most] = [Math.min(low, 0), Math.max(high, 0)];
  const scale = Math.fround((most - least) / 255);
  if (!(scale > 0) || !Number.isFinite(scale)) return { dtype: "int8", scale: 1, zeroPoint: 0 };
  return { dtype: "int8", scale, zeroPoint: clamp(Math.round(-128 - least / scale), -128, 127) };
}

/** The coding of a tensor; steps of 1 where it has none. */
export function codingOf({ dtype, quantization }: Tensor): Coding {
  return { dtype, scale: quantization?.scales[0] ?? 1, zeroPoint: quantization?.zeroPoints[0] ?? 0 };
}

/** Type and quantization of a tensor with this coding. */
export function codedAs({ dtype, scale, zeroPoint }: Coding): Pick<Tensor, "dtype" | "quantization"> {
  return { dtype, quantization: { scales: [scale], zeroPoints: [zeroPoint], axis: 0 } };
}
