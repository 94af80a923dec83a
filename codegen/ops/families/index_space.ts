/** For references: walks a tensor's indices and gathers elements by a rule on them. */

import { bytesOf, elementBytes, elementCount, type Tensor, type Values, zeros } from "../../graph/tensor.ts";

/** The position of an index in a row-major tensor. */
export function flatIndex(shape: readonly number[], index: readonly number[]): number {
  return shape.reduce((flat, dimension, d) => flat * dimension + (index[d] ?? 0), 0);
}

/** Every index of a tensor, in row-major order. The same array is handed out each time. */
export function* indicesOf(shape: readonly number[]): Generator<readonly number[]> {
  const index = shape.map(() => 0);
  for (let left = elementCount(shape); left > 0; left--) {
    yield index;
    for (let d = shape.length - 1; d >= 0; d--) {
      const next = (index[d] ?? 0) + 1;
      index[d] = next === shape[d] ? 0 : next;
      if (index[d] !== 0) break;
    }
  }
}

/** What `gather` reads: which values, and where; `undefined` leaves the element as it is. */
export type Source = { readonly values: Values; readonly at: number } | undefined;

/** A tensor each element of which is one of a source's; `initial` is what the others hold, 0 if left out. */
export function gather(
  output: Tensor,
  source: (index: readonly number[]) => Source,
  initial?: Values,
): Values {
  const result = initial ?? zeros(output.dtype, elementCount(output.shape));
  const size = elementBytes(output.dtype);
  const target = bytesOf(result);
  let position = 0;
  for (const index of indicesOf(output.shape)) {
    const found = source(index);
    if (found) target.set(bytesOf(found.values).subarray(found.at * size, (found.at + 1) * size), position);
    position += size;
  }
  return result;
}
