import { strict as assert } from "node:assert";
import {
  assertGolden,
  assertModulesMatch,
  assertRefused,
  numbers,
  reference,
  tensor,
} from "./file_operator.ts";
import { randomOf } from "./random_values.ts";
import { checkCases } from "./variant_harness.ts";

interface Slice {
  readonly shape: readonly number[];
  readonly begins: number[];
  readonly ends: number[];
  readonly strides: number[];
  readonly output: readonly number[];
  readonly options?: Readonly<Record<string, number>>;
}

const sliced = ({ shape, begins, ends, strides, output, options = {} }: Slice) => ({
  spelling: "STRIDED_SLICE",
  inputs: [tensor(shape), numbers(...begins), numbers(...ends), numbers(...strides)],
  outputs: [tensor(output)],
  options,
});

describe("strided_slice", () => {
  for (const name of [
    "strided_slice",
    "strided_slice_neg",
    "strided_slice_s3",
    "strided_slice_shrink",
    "i16_strided_slice",
    "slice",
  ])
    it(`gives the golden outputs of ${name}`, function () {
      assertGolden(this, name);
    });

  it("counts from the end, runs backwards, clamps, masks and drops dimensions", () => {
    const values = Int8Array.of(0, 1, 2, 3, 4, 5);
    const run = (slice: Omit<Slice, "shape">) =>
      Array.from((reference(sliced({ shape: [6], ...slice }), values)[0] ?? []) as Int8Array);
    assert.deepEqual(run({ begins: [-2], ends: [100], strides: [1], output: [2] }), [4, 5]);
    assert.deepEqual(run({ begins: [4], ends: [0], strides: [-2], output: [2] }), [4, 2]);
    const all = { beginMask: 1, endMask: 1 };
    assert.deepEqual(
      run({ begins: [3], ends: [3], strides: [-1], output: [6], options: all }),
      [5, 4, 3, 2, 1, 0],
    );
    assert.deepEqual(
      run({ begins: [-1], ends: [0], strides: [1], output: [], options: { shrinkMask: 1 } }),
      [5],
    );
  });

  it("gives the reference's bytes for random slices", async () => {
    const random = randomOf(4);
    const cases = Array.from({ length: 24 }, () => {
      const shape = Array.from({ length: random.int(1, 5) }, () => random.int(1, 5));
      const strides = shape.map(() => random.pick([1, 1, 1, 2, 3, -1, -2]));
      const counts = shape.map((size, d) => random.int(1, Math.ceil(size / Math.abs(strides[d] ?? 1))));
      const reach = (d: number) => ((counts[d] ?? 1) - 1) * Math.abs(strides[d] ?? 1);
      const low = shape.map((size, d) => random.int(0, size - 1 - reach(d)));
      const begins = low.map((first, d) => ((strides[d] ?? 1) > 0 ? first : first + reach(d)));
      const ends = begins.map((first, d) => first + (counts[d] ?? 1) * (strides[d] ?? 1));
      // An end before index 0 can only be said with a mask.
      const endMask = ends.reduce((mask, end, d) => (end < 0 ? mask | (1 << d) : mask), 0);
      return sliced({ shape, begins, ends, strides, output: counts, options: { endMask } });
    });
    await assertModulesMatch(cases);
    const kernels = await checkCases(cases);
    assert.deepEqual([...kernels].sort(), ["move_grid", "move_nest", "move_rows"]);
  });

  it("adds dimensions, and takes those whole that an ellipsis or nothing speaks of", () => {
    const values = Int8Array.from({ length: 12 }, (_, index) => index);
    const run = (slice: Omit<Slice, "shape">) => {
      const [found] = reference(sliced({ shape: [2, 3, 2], ...slice }), values);
      return Array.from((found ?? []) as Int8Array);
    };
    // x[..., 1], x[:, newaxis, 1:], x[1], x[newaxis, ..., newaxis, 0]
    const ellipsis = { begins: [0, 1], ends: [0, 2], strides: [1, 1], output: [2, 3] };
    assert.deepEqual(run({ ...ellipsis, options: { ellipsisMask: 1, shrinkMask: 2 } }), [1, 3, 5, 7, 9, 11]);
    const axis = { begins: [0, 0, 1], ends: [2, 0, 3], strides: [1, 1, 1], output: [2, 1, 2, 2] };
    assert.deepEqual(run({ ...axis, options: { newAxisMask: 2 } }), [2, 3, 4, 5, 8, 9, 10, 11]);
    const row = { begins: [1], ends: [2], strides: [1], output: [3, 2] };
    assert.deepEqual(run({ ...row, options: { shrinkMask: 1 } }), [6, 7, 8, 9, 10, 11]);
    const both = { begins: [0, 0, 0, 0], ends: [0, 0, 0, 1], strides: [1, 1, 1, 1], output: [1, 2, 3, 1] };
    assert.deepEqual(
      run({ ...both, options: { newAxisMask: 5, ellipsisMask: 2, shrinkMask: 8 } }),
      [0, 2, 4, 6, 8, 10],
    );
  });

  it("takes begins and sizes, −1 for all that is left", () => {
    const entry = {
      spelling: "SLICE",
      inputs: [tensor([2, 3]), numbers(0, 1), numbers(-1, 2)],
      outputs: [tensor([2, 2])],
    };
    assert.deepEqual(reference(entry, Int8Array.of(1, 2, 3, 4, 5, 6)), [Int8Array.of(2, 3, 5, 6)]);
    const inputs = (begins: number[], sizes: number[]) => [
      tensor([2, 3]),
      numbers(...begins),
      numbers(...sizes),
    ];
    assertRefused(
      { ...entry, inputs: inputs([0, 2], [2, 2]) },
      /indices from 0 to 2 in dimension 1, found 2 to 3/,
    );
    assertRefused({ ...entry, inputs: inputs([-1, 0], [2, 2]) }, /dimension 0, found -1 to 0/);
    assertRefused({ ...entry, inputs: inputs([0, 3], [2, -1]) }, /at least one index.* found 2×0/);
    assertRefused({ ...entry, inputs: inputs([0], [2]) }, /2 begins and sizes, found 1 and 1/);
  });

  it("refuses what it cannot know or do", () => {
    const slice = { shape: [4, 4], begins: [0, 0], ends: [2, 2], strides: [1, 1], output: [2, 2] };
    assertRefused(sliced({ ...slice, output: [2, 3] }), /output of 2×2 .* found 2×3/);
    assertRefused(sliced({ ...slice, strides: [0, 1] }), /strides other than 0/);
    assertRefused(sliced({ ...slice, options: { ellipsisMask: 3 } }), /one ellipsis, found 0 and 2/);
    assertRefused(sliced({ ...slice, shape: [4] }), /at most 1 begins.* found 2/);
    assertRefused(sliced({ ...slice, options: { offset: 1 } }), /found ends counted from the begins/);
    assertRefused(sliced({ ...slice, begins: [0] }), /as many begins .*, found 1, 2 and 2/);
    assertRefused(sliced({ ...slice, ends: [0, 2], output: [1, 2] }), /at least one index.* found 0×2/);
    assertRefused(
      sliced({ ...slice, begins: [4, 0], options: { shrinkMask: 1 }, output: [2] }),
      /index below 4/,
    );
    const computed = {
      ...sliced(slice),
      inputs: [tensor([4, 4]), tensor([2], 1, 0, "int32"), numbers(2, 2), numbers(1, 1)],
    };
    assertRefused(computed, /constant int32 begins, found computed int32/);
  });
});
