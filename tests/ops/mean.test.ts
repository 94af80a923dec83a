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

const averaged = (
  shape: readonly number[],
  axes: number[],
  output: readonly number[],
  scale = 0.05,
  zero = 3,
) => ({
  spelling: "MEAN",
  inputs: [tensor(shape), numbers(...axes)],
  outputs: [tensor(output, scale, zero)],
});

describe("mean", () => {
  for (const name of [
    "mean_all",
    "mean_c",
    "mean_h",
    "mean_hw",
    "mean_hw_keep",
    "global_avgpool",
    "global_avgpool1d",
    "global_avgpool_keep",
  ])
    it(`gives the golden outputs of ${name}`, function () {
      assertGolden(this, name);
    });

  it("rescales the mean; axes may be negative, doubled and in any order", () => {
    const values = Int8Array.of(3, 13, 23, 33, 43, 53);
    // Reals 0, 0.5, … 2.5 with a mean of 1.25, which is 25 steps of 0.05, or 12.5 of 0.1.
    assert.deepEqual(reference(averaged([1, 6], [1], [1]), values), [Int8Array.of(28)]);
    assert.deepEqual(reference(averaged([2, 3], [-1, 0, 1], [1, 1], 0.1, -4), values), [Int8Array.of(9)]);
    assert.deepEqual(reference(averaged([2, 3], [0], [3]), values), [Int8Array.of(18, 28, 38)]);
  });

  it("gives the reference's bytes for random shapes and axes", async () => {
    const random = randomOf(8);
    const cases = Array.from({ length: 24 }, () => {
      const shape = Array.from({ length: random.int(1, 4) }, () => random.int(1, 6));
      const axes = shape.map((_, d) => d).filter(() => random.real() < 0.5);
      const keep = random.pick([true, false]);
      const output = keep
        ? shape.map((size, d) => (axes.includes(d) ? 1 : size))
        : shape.filter((_, d) => !axes.includes(d));
      return averaged(shape, axes, output, random.pick([0.05, 0.01, 0.7]), random.int(-128, 127));
    });
    await assertModulesMatch(cases);
    await assertOverlapsHold(cases);
  });

  it("refuses other types, shapes and axes", () => {
    assertRefused(averaged([2, 3], [2], [2]), /axis from -2 to 1, found 2/);
    assertRefused(averaged([2, 3], [1], [3]), /dimensions of 2×3 other than 1, found 3/);
    assertRefused(averaged([2, 3, 2, 3, 2], [0, 2, 4], [3, 3]), /at most two groups/);
    const wide = tensor([2, 3], 0.05, 0, "int16");
    assertRefused({ ...averaged([2, 3], [1], [2]), inputs: [wide, numbers(1)] }, /found int16 and int8/);
    assertRefused(
      { ...averaged([2, 3], [1], [2]), inputs: [tensor([2, 3]), tensor([1])] },
      /constant int32 axes/,
    );
  });
});
