/**
 * Real values to a tensor's own values and back. Rounding follows TensorFlow Lite's affine quantization
 * (`reference/quantize.h`): float32 division, half away from zero, clamped to the type.
 */

import type { ManifestTensor } from "../codegen/compile_result.ts";
import { integerRange, type Values, zeros } from "../codegen/graph/tensor.ts";

export type TensorType = Pick<ManifestTensor, "dtype" | "scale" | "zeroPoint">;

/** The tensor's own values for `real` ones; NaN gives the zero point. A tensor without a scale holds what it means. */
export function quantize(real: ArrayLike<number>, tensor: TensorType): Values {
  const values = zeros(tensor.dtype, real.length);
  if (values instanceof Float32Array) {
    values.set(real);
    return values;
  }
  if (values instanceof BigInt64Array) {
    for (let i = 0; i < real.length; i++) values[i] = BigInt(stored(real[i] ?? 0, tensor));
    return values;
  }
  for (let i = 0; i < real.length; i++) values[i] = stored(real[i] ?? 0, tensor);
  return values;
}

function stored(value: number, { dtype, scale, zeroPoint = 0 }: TensorType): number {
  if (Number.isNaN(value)) return zeroPoint;
  const scaled = scale === undefined ? value : Math.fround(Math.fround(value) / scale);
  const rounded = scaled < 0 ? -Math.round(-scaled) : Math.round(scaled);
  const { min, max } = dtype === "bool" ? { min: 0, max: 1 } : integerRange(dtype);
  return Math.min(max, Math.max(min, rounded + zeroPoint));
}

/** Real values, scale · (value − zeroPoint); those of a tensor without a scale as they are. */
export function dequantize(values: Values, { scale, zeroPoint = 0 }: TensorType): Float32Array {
  const real = new Float32Array(values.length);
  const factor = scale ?? 1;
  for (let i = 0; i < real.length; i++) {
    real[i] = factor * (Number(values[i] ?? 0) - (scale === undefined ? 0 : zeroPoint));
  }
  return real;
}
