/** Layouts: where the dimensions of a file's tensor lie in memory, through transpositions and reshapes. */

import assert from "node:assert/strict";
import {
  factorsByAxis,
  groupedLayout,
  groupedShape,
  isStoredBy,
  type Layout,
  permuted,
  plainLayout,
  reorderIndices,
  reordering,
  reshaped,
  shapeOf,
  storedBy,
  storedOrder,
} from "../../codegen/graph/layout.ts";
import { randomOf } from "../ops/random_values.ts";

/** The elements in the file's order, where memory holds 0, 1, 2, …: what a layout means, index by index. */
function elements({ sizes, dims }: Layout): number[] {
  const strides = sizes.map((_, factor) => sizes.slice(factor + 1).reduce((a, b) => a * b, 1));
  return dims
    .flat()
    .reduce<number[]>(
      (all, factor) =>
        all.flatMap((at) =>
          Array.from({ length: sizes[factor] ?? 1 }, (_, i) => at + i * (strides[factor] ?? 0)),
        ),
      [0],
    );
}

/** `values` of `shape` with their dimensions in another order. */
function transposed(
  values: readonly number[],
  shape: readonly number[],
  permutation: readonly number[],
): number[] {
  const strides = shape.map((_, d) => shape.slice(d + 1).reduce((a, b) => a * b, 1));
  return permutation
    .reduce<number[]>(
      (all, d) =>
        all.flatMap((at) => Array.from({ length: shape[d] ?? 1 }, (_, i) => at + i * (strides[d] ?? 0))),
      [0],
    )
    .map((at) => values[at] ?? -1);
}

describe("layouts", () => {
  it("of channels last: a transposition is none, and a flattened tensor can be read in another order", () => {
    const layout = groupedLayout([1, 3, 4, 5], [[0], [2], [3], [1]]);
    assert.deepEqual(layout, { sizes: [4, 5, 3], dims: [[], [2], [0], [1]] });
    assert.deepEqual(groupedShape([1, 3, 4, 5], [[0], [2], [3], [1]]), [1, 4, 5, 3]);
    assert.deepEqual(permuted(layout, [0, 2, 3, 1]).dims, [[], [0], [1], [2]]);
    assert.deepEqual(reshaped(layout, [1, 60]), { sizes: [20, 3], dims: [[], [1, 0]] });
    // Rows and columns lie together, so they may be cut in another way; channels lie elsewhere.
    assert.deepEqual(reshaped(layout, [3, 10, 2]), { sizes: [10, 2, 3], dims: [[2], [0], [1]] });
    assert.equal(reshaped(layout, [4, 15]), undefined);
  });

  it("say where dimensions of 1 stand in the stored tensor", () => {
    const layout = groupedLayout([1, 3, 4, 1], [[0], [2], [3], [1]]);
    assert.deepEqual(storedOrder(layout, [1, 4, 1, 3]), [0, 2, 3, 1]);
    assert.deepEqual(storedOrder(layout, [4, 3]), [0, 3, 2, 1]);
    const interleaved: Layout = { sizes: [2, 3, 4], dims: [[0, 2], [1]] };
    assert.deepEqual(storedOrder(interleaved, [2, 3, 4]), [0, 1]);
    assert.deepEqual(factorsByAxis(interleaved, [6, 1, 4]), [[0, 1], [], [2]]);
    assert.equal(factorsByAxis(interleaved, [3, 8]), undefined);
  });

  it("hold the elements that transpositions and reshapes of the file give", () => {
    const random = randomOf(11);
    const shapes: readonly [number[], ...number[][]] = [
      [12],
      [3, 4],
      [4, 3],
      [2, 6],
      [6, 2],
      [2, 2, 3],
      [3, 2, 2],
      [1, 12, 1],
      [2, 3, 1, 2],
    ];
    let lazy = 0;
    for (let n = 0; n < 500; n++) {
      let layout = plainLayout(random.pick(shapes));
      let values = elements(layout);
      for (let step = 0; step < 4; step++) {
        const shape = shapeOf(layout);
        if (random.real() < 0.5) {
          const permutation = shape.map((_, d) => d).sort(() => random.real() - 0.5);
          values = transposed(values, shape, permutation);
          layout = permuted(layout, permutation);
        } else {
          const next = reshaped(layout, random.pick(shapes));
          if (!next) continue;
          layout = next;
          lazy += 1;
        }
        assert.deepEqual(elements(layout), values);
      }
    }
    assert.ok(lazy > 500);
  });

  it("become one another by one transposition", () => {
    const random = randomOf(12);
    for (let n = 0; n < 200; n++) {
      const shape = Array.from({ length: random.int(1, 5) }, () => random.int(1, 4));
      const order = shape.map((_, d) => d).sort(() => random.real() - 0.5);
      const layout = groupedLayout(
        shape,
        order.map((d) => [d]),
      );
      const groups = shape.map((_, d) => [d]).sort(() => random.real() - 0.5);
      const wanted = storedBy(layout, groups);
      const { from, permutation } = reordering(layout, wanted);
      const memory = Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, at) => at);
      const moved = transposed(memory, from, permutation);
      assert.deepEqual(moved, elements(permuted({ ...layout, dims: layout.dims }, groups.flat())));
      assert.equal(
        isStoredBy(layout, groups),
        moved.every((at, index) => at === index),
      );
      // The same for a constant, whose elements come in the file's order.
      const file = plainLayout(shape);
      assert.deepEqual(
        Array.from(reorderIndices(file, storedBy(file, groups))),
        transposed(memory, shape, groups.flat()),
      );
    }
  });
});
