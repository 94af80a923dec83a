/** Seeded random numbers and tensor contents for tests. */

import {
  bytesOf,
  integerRange,
  type Tensor,
  tensorBytes,
  type Values,
  valuesOf,
} from "../../codegen/graph/tensor.ts";

export interface Random {
  /** A whole number in [low, high]. */
  int(low: number, high: number): number;
  real(): number;
  pick<T>(choices: readonly [T, ...T[]]): T;
}

/** The same numbers for the same seed (mulberry32). */
export function randomOf(seed: number): Random {
  let state = seed >>> 0;
  const real = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
  const int = (low: number, high: number) => low + Math.floor(real() * (high - low + 1));
  return { real, int, pick: (choices) => choices[int(0, choices.length - 1)] ?? choices[0] };
}

/** Contents of a tensor: any bytes at all. */
export function randomValues(tensor: Tensor, random: Random): Values {
  const bytes = new Uint8Array(tensorBytes(tensor)).map(() => random.int(0, 255));
  return valuesOf(tensor.dtype, bytes);
}

/** Contents of an integer tensor: the smallest or the largest value everywhere. */
export function extremeValues(tensor: Tensor, random: Random): Values {
  const values = valuesOf(tensor.dtype, new Uint8Array(tensorBytes(tensor)));
  const { min, max } = integerRange(tensor.dtype);
  if (values instanceof BigInt64Array) return values;
  return values.map(() => random.pick([min, max]));
}

/** Whether two arrays hold the same bytes; NaNs count by their bits. */
export function sameBytes(a: Values, b: Values): boolean {
  return Buffer.compare(bytesOf(a), bytesOf(b)) === 0;
}
