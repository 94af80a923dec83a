/** One value over and over: what borders are filled with. */

import { bytesOf, type DType, elementBytes, type Values, zeros } from "../../graph/tensor.ts";

/** `count` elements that all hold `value`. */
export function constantValues(dtype: DType, value: number, count: number): Values {
  const values = zeros(dtype, count);
  if (values instanceof BigInt64Array) return values.fill(BigInt(value));
  return values.fill(value);
}

/** The little-endian bytes of a value as an int32 that kernels repeat; of int64 the low half, since both must be alike. */
export function bytePattern(dtype: DType, value: number): number {
  const bytes = bytesOf(constantValues(dtype, value, Math.max(1, 4 / elementBytes(dtype))));
  return new DataView(bytes.buffer).getInt32(0, true);
}

/** Whether a value of this type repeats every four bytes, as `bytePattern` needs it. */
export function repeatsInFour(dtype: DType, value: number): boolean {
  return dtype !== "int64" || value === 0 || value === -1;
}
