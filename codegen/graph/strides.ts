/** Where the elements of a tensor lie that is seen under other dimensions than its own: strides, as array libraries have. */

/** For each dimension its size and the elements from one index to the next; 0 where an operand repeats. */
export interface Strided {
  readonly shape: readonly number[];
  readonly strides: readonly number[];
}

/** The layout of a tensor whose elements lie one after another, the last dimension's closest together. */
export function rowMajor(shape: readonly number[]): Strided {
  const strides: number[] = [];
  let step = 1;
  for (const size of [...shape].reverse()) {
    strides.unshift(step);
    step *= size;
  }
  return { shape, strides };
}

/** The same elements with dimension `permutation[d]` in place d. */
export function permuted({ shape, strides }: Strided, permutation: readonly number[]): Strided {
  const pick = (values: readonly number[]) => permutation.map((from) => values[from] ?? 1);
  return { shape: pick(shape), strides: pick(strides) };
}

/** The same elements with the last two dimensions exchanged. */
export function transposed(layout: Strided): Strided {
  const rank = layout.shape.length;
  const order = layout.shape.map((_, d) => d);
  return permuted(layout, [...order.slice(0, rank - 2), rank - 1, rank - 2]);
}

/** Elements from the first one to the last one. */
export function extent({ shape, strides }: Strided): number {
  return shape.reduce((sum, size, d) => sum + (size - 1) * (strides[d] ?? 0), 0);
}
