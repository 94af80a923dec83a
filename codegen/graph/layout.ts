/**
 * Where a tensor's dimensions lie in memory: what a file calls dimension 1 may be the last one of the tensor that is
 * stored, and several of the file's dimensions may be one of ours. Transposing and reshaping change the layout, not the
 * bytes, until a kernel wants its elements in another order.
 */

import { elementCount } from "./tensor.ts";

/**
 * The elements of a tensor lie in memory as an index of `sizes` counts, outermost first. `dims` says for each of the
 * file's dimensions which of these factors make it up, its outermost first; none for a dimension of 1. Every factor has a
 * size above 1 and belongs to one dimension.
 */
export interface Layout {
  readonly sizes: readonly number[];
  readonly dims: readonly (readonly number[])[];
}

/** Groups of the file's dimensions, in the order and grouping of the dimensions of a tensor that is stored. */
export type Groups = readonly (readonly number[])[];

/** The layout of a tensor that is stored as the file shapes it. */
export function plainLayout(shape: readonly number[]): Layout {
  const sizes: number[] = [];
  const dims = shape.map((size) => (size === 1 ? [] : [sizes.push(size) - 1]));
  return { sizes, dims };
}

/** The layout of a tensor of the file's `shape` that is stored by `groups`. */
export function groupedLayout(shape: readonly number[], groups: Groups): Layout {
  const sizes: number[] = [];
  const dims: number[][] = shape.map(() => []);
  for (const dim of groups.flat()) {
    const size = shape[dim] ?? 1;
    if (size !== 1) dims[dim] = [sizes.push(size) - 1];
  }
  return { sizes, dims };
}

/** The file's shape. */
export function shapeOf({ sizes, dims }: Layout): number[] {
  return dims.map((factors) => factors.reduce((size, factor) => size * (sizes[factor] ?? 1), 1));
}

/** The stored shape of a tensor that is stored by `groups`. */
export function groupedShape(shape: readonly number[], groups: Groups): number[] {
  return groups.map((group) => group.reduce((size, dim) => size * (shape[dim] ?? 1), 1));
}

/** The layout after the file's dimensions changed places: new dimension d is old dimension `permutation[d]`. */
export function permuted(layout: Layout, permutation: readonly number[]): Layout {
  return { sizes: layout.sizes, dims: permutation.map((dim) => layout.dims[dim] ?? []) };
}

/** The layout with `count` more dimensions of 1 in front. */
export function widened(layout: Layout, count: number): Layout {
  return { sizes: layout.sizes, dims: [...Array.from({ length: count }, () => []), ...layout.dims] };
}

/**
 * The layout after the file reshaped the tensor to `shape`, which has as many elements. `undefined` where one of the new
 * dimensions would need parts of factors that have no such parts.
 */
export function reshaped(layout: Layout, shape: readonly number[]): Layout | undefined {
  const runs = runsOf(layout.dims.flat()).map(([first = 0, ...more]) => ({
    first,
    size: [first, ...more].reduce((size, factor) => size * (layout.sizes[factor] ?? 1), 1),
  }));
  const parts: Part[] = [];
  const dims: Part[][] = [];
  let next = 0;
  let rest = runs[0]?.size ?? 1;
  for (const size of shape) {
    const dim: Part[] = [];
    let need = size;
    while (need > 1) {
      const run = runs[next];
      if (!run) return undefined;
      const take = need % rest === 0 ? rest : rest % need === 0 ? need : 0;
      if (take === 0) return undefined;
      // Parts of one run follow each other in memory.
      dim.push({ size: take, run: run.first, at: parts.length });
      parts.push({ size: take, run: run.first, at: parts.length });
      need /= take;
      rest /= take;
      if (rest === 1) {
        next += 1;
        rest = runs[next]?.size ?? 1;
      }
    }
    dims.push(dim);
  }
  const stored = parts.sort((a, b) => a.run - b.run || a.at - b.at);
  const positionOf = new Map(stored.map(({ at }, position) => [at, position]));
  return {
    sizes: stored.map(({ size }) => size),
    dims: dims.map((dim) => dim.map(({ at }) => positionOf.get(at) ?? 0)),
  };
}

/** A piece of a run of factors: `at` counts pieces in the file's order. */
interface Part {
  readonly size: number;
  readonly run: number;
  readonly at: number;
}

/** The factors in this order, those that follow each other in memory too joined to runs. */
function runsOf(factors: readonly number[]): number[][] {
  const runs: number[][] = [];
  for (const factor of factors) {
    const run = runs.at(-1);
    if (run && run.at(-1) === factor - 1) run.push(factor);
    else runs.push([factor]);
  }
  return runs;
}

/** Whether factors stand in the order in which they lie in memory, all of them. */
function isWhole(factors: readonly number[]): boolean {
  return factors.every((factor, position) => factor === position);
}

/** Whether the elements lie in memory in the file's order. */
export function isPlain({ dims }: Layout): boolean {
  return isWhole(dims.flat());
}

/** The factors in the order in which `groups` would store them. */
export function storedBy({ dims }: Layout, groups: Groups): number[] {
  return groups.flat().flatMap((dim) => dims[dim] ?? []);
}

/** Whether the elements lie in memory in the order that `groups` ask for. */
export function isStoredBy(layout: Layout, groups: Groups): boolean {
  return isWhole(storedBy(layout, groups));
}

/**
 * The file's dimensions in the order in which they lie in memory, or in the file's order where they lie interleaved.
 * `stored` is the shape of the tensor in memory: it says where dimensions of 1 stand.
 */
export function storedOrder(layout: Layout, stored: readonly number[]): number[] {
  const { dims } = layout;
  const plain = dims.map((_, dim) => dim);
  const large = plain
    .filter((dim) => dims[dim]?.length)
    .sort((a, b) => (dims[a]?.[0] ?? 0) - (dims[b]?.[0] ?? 0));
  if (!isWhole(large.flatMap((dim) => dims[dim] ?? []))) return plain;
  const ones = plain.filter((dim) => !dims[dim]?.length);
  const sizes = large.map((dim) => shapeOf(layout)[dim] ?? 1);
  if (stored.length === dims.length && stored.filter((size) => size !== 1).join() === sizes.join()) {
    const [nextLarge, nextOne] = [large.values(), ones.values()];
    return stored.map((size) => (size === 1 ? nextOne : nextLarge).next().value ?? 0);
  }
  return [...ones, ...large];
}

/**
 * How a stored tensor of shape `stored` becomes one that is stored by `order`, the factors in their new order: as a
 * transposition of dimensions, those that stay together taken as one.
 */
export function reordering(
  layout: Layout,
  order: readonly number[],
): { readonly from: number[]; readonly permutation: number[] } {
  const source = runsOf(order)
    .map((run, position) => ({ run, position }))
    .sort((a, b) => (a.run[0] ?? 0) - (b.run[0] ?? 0));
  const permutation: number[] = [];
  source.forEach(({ position }, place) => {
    permutation[position] = place;
  });
  return {
    from: source.map(({ run }) => elementCount(run.map((factor) => layout.sizes[factor] ?? 1))),
    permutation,
  };
}

/** The factors of each dimension of a stored tensor of this shape; `undefined` where a dimension cuts one in two. */
export function factorsByAxis({ sizes }: Layout, stored: readonly number[]): number[][] | undefined {
  let factor = 0;
  const axes: number[][] = [];
  for (const size of stored) {
    const axis: number[] = [];
    let rest = size;
    while (rest > 1) {
      const next = sizes[factor] ?? 0;
      if (next === 0 || rest % next !== 0) return undefined;
      axis.push(factor);
      rest /= next;
      factor += 1;
    }
    axes.push(axis);
  }
  return axes;
}

/** The elements of a row-major array of the file's `shape` in the order in which `order` stores their factors. */
export function reorderIndices(layout: Layout, order: readonly number[]): Uint32Array {
  const strides: number[] = [];
  let stride = 1;
  for (const factor of layout.dims.flat().reverse()) {
    strides[factor] = stride;
    stride *= layout.sizes[factor] ?? 1;
  }
  const result = new Uint32Array(stride);
  let filled = 1;
  // Outermost last: what is filled so far repeats for each index of the next factor, moved on by its stride.
  for (const factor of [...order].reverse()) {
    for (let index = 1; index < (layout.sizes[factor] ?? 1); index++) {
      const shift = index * (strides[factor] ?? 0);
      for (let at = 0; at < filled; at++) result[index * filled + at] = (result[at] ?? 0) + shift;
    }
    filled *= layout.sizes[factor] ?? 1;
  }
  return result;
}
