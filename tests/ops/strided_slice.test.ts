import { strict as assert } from "node:assert";
import {
  assertGolden,
  assertModulesMatch,
  assertRefused,
  numbers,
  reference,
  tensor,
} from "./file_operator.ts";
import { assertOverlapsHold } from "./overlaps.ts";
import { randomOf } from "./random_values.ts";

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
  for (const name of ["strided_slice", "strided_slice_neg", "strided_slice_s3", "strided_slice_shrink"])
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
      const shape = Array.from({ length: random.int(1, 5) }, () => random.int(1, 7));
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
    await assertOverlapsHold(cases);
  });

  it("refuses what it cannot know or do", () => {
    const slice = { shape: [4, 4], begins: [0, 0], ends: [2, 2], strides: [1, 1], output: [2, 2] };
    assertRefused(sliced({ ...slice, output: [2, 3] }), /output of 2×2 .* found 2×3/);
    assertRefused(sliced({ ...slice, strides: [0, 1] }), /strides other than 0/);
    assertRefused(sliced({ ...slice, options: { ellipsisMask: 1 } }), /ellipsisMask 0, found 1/);
    assertRefused(sliced({ ...slice, options: { newAxisMask: 2 } }), /newAxisMask 0, found 2/);
    assertRefused(sliced({ ...slice, begins: [0] }), /expects 2 begins, ends and strides, found 1, 2 and 2/);
    assertRefused(sliced({ ...slice, ends: [0, 2], output: [1, 2] }), /output of 0×2/);
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
