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

/** The same without its dimensions of 1, whose strides say nothing. */
function significant({ shape, strides }: Strided): { readonly size: number; readonly stride: number }[] {
  return shape.flatMap((size, d) => (size === 1 ? [] : [{ size, stride: strides[d] ?? 0 }]));
}

/** Whether the elements lie one after another in the order of their indices. */
export function isRowMajor(layout: Strided): boolean {
  const dense = significant(rowMajor(layout.shape));
  return significant(layout).every(({ stride }, d) => stride === dense[d]?.stride);
}

/**
 * The dimensions as they lie in memory, outermost first, those of 1 before the others; `undefined` where elements repeat or
 * leave gaps between them.
 */
export function memoryOrder(layout: Strided): number[] | undefined {
  const order = layout.shape.map((_, d) => d);
  const stride = (d: number) => (layout.shape[d] === 1 ? Infinity : (layout.strides[d] ?? 0));
  order.sort((a, b) => (stride(a) === stride(b) ? a - b : stride(b) - stride(a)));
  return isRowMajor(permuted(layout, order)) ? order : undefined;
}

/** The layout of `shape` in a tensor whose dimensions are those of `order`, outermost first; others are of size 1. */
export function spread(shape: readonly number[], order: readonly number[]): Strided {
  const { strides } = rowMajor(order.map((d) => shape[d] ?? 1));
  return { shape, strides: shape.map((_, d) => strides[order.indexOf(d)] ?? 0) };
}

/** The same elements, in the same order of indices, under another shape; `undefined` where no strides say that. */
export function reshaped(layout: Strided, shape: readonly number[]): Strided | undefined {
  const from = significant(layout);
  const strides: number[] = [];
  // Backwards: `run` elements of the dimensions from `d` on, `stride` apart, are left to be split.
  let d = from.length;
  let run = 1;
  let stride = 1;
  for (const size of [...shape].reverse()) {
    if (size !== 1 && run === 1) {
      d -= 1;
      ({ size: run, stride } = from[d] ?? { size: 0, stride: 0 });
    }
    // Dimensions that continue each other may be joined.
    while (run % size !== 0 && from[d - 1]?.stride === stride * run) {
      d -= 1;
      run *= from[d]?.size ?? 1;
    }
    if (run % size !== 0) return undefined;
    strides.unshift(size === 1 ? 0 : stride);
    run /= size;
    stride *= size;
  }
  return d === 0 && run === 1 ? { shape, strides } : undefined;
}
