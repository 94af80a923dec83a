/** Seeded random inputs for a model. */

import type { ManifestTensor } from "../compile_result.ts";
import { bytesOf, elementCount, type Values, zeros } from "../graph/tensor.ts";

/** Numbers from 0 to 1 (exclusive), the same for the same seed. Source: mulberry32, public domain (T. Ettinger). */
export function randomNumbers(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let bits = Math.imul(state ^ (state >>> 15), state | 1);
    bits = (bits + Math.imul(bits ^ (bits >>> 7), bits | 61)) ^ bits;
    return ((bits ^ (bits >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Values of the whole type for integers; from −1 to 1 for float32; 0 and 1 for bool. */
export function randomValues(tensor: ManifestTensor, random: () => number): Values {
  const values = zeros(tensor.dtype, elementCount(tensor.shape));
  if (values instanceof Float32Array) return values.map(() => random() * 2 - 1);
  const bytes = bytesOf(values);
  const choices = tensor.dtype === "bool" ? 2 : 256;
  for (let at = 0; at < bytes.length; at++) bytes[at] = Math.floor(random() * choices);
  return values;
}
