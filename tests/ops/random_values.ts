/** Seeded random numbers and tensor contents for tests. */

import { randomNumbers } from "../../codegen/cli/random_inputs.ts";
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

/** The same numbers for the same seed. */
export function randomOf(seed: number): Random {
  const real = randomNumbers(seed);
  const int = (low: number, high: number) => low + Math.floor(real() * (high - low + 1));
  return { real, int, pick: (choices) => choices[int(0, choices.length - 1)] ?? choices[0] };
}

/** Contents of a tensor: any bytes at all. */
export function randomValues(tensor: Tensor, random: Random): Values {
  const bytes = new Uint8Array(tensorBytes(tensor)).map(() => random.int(0, 255));
  return valuesOf(tensor.dtype, bytes);
}

/** Contents of a tensor: any bytes at all, but of float32 numbers other than 0 and of a moderate size. */
export function finiteValues(tensor: Tensor, random: Random): Values {
  const values = randomValues(tensor, random);
  if (!(values instanceof Float32Array)) return values;
  return values.map(() => random.pick([1, -1]) * 2 ** random.int(-3, 3) * (1 + random.real()));
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
