import { strict as assert } from "node:assert";
import type { DType } from "../../codegen/graph/tensor.ts";
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
import { checkCases } from "./variant_harness.ts";

const parted = (input: readonly number[], output: readonly number[], axis: number, parts: number) => ({
  spelling: "SPLIT",
  inputs: [numbers(axis), tensor(input)],
  outputs: Array.from({ length: parts }, () => tensor(output)),
  options: { parts },
});

const partedBy = (
  shape: readonly number[],
  axis: number,
  sizes: readonly number[],
  found: readonly number[],
  dtype: DType = "int8",
) => ({
  spelling: "SPLIT_V",
  inputs: [tensor(shape, 0.05, 3, dtype), numbers(...sizes), numbers(axis)],
  outputs: found.map((size) =>
    tensor(
      shape.map((dimension, d) => (d === axis ? size : dimension)),
      0.05,
      3,
      dtype,
    ),
  ),
});

describe("split", () => {
  for (const name of ["split_c", "split_h", "split_v"])
    it(`gives the golden outputs of ${name}`, function () {
      assertGolden(this, name);
    });

  it("cuts along the axis", () => {
    const entry = parted([2, 2], [2, 1], -1, 2);
    assert.deepEqual(reference(entry, Int8Array.of(1, 2, 3, 4)), [Int8Array.of(1, 3), Int8Array.of(2, 4)]);
  });

  it("gives the reference's bytes for random shapes", async () => {
    const random = randomOf(3);
    const cases = Array.from({ length: 16 }, () => {
      const shape = Array.from({ length: random.int(1, 4) }, () => random.int(1, 6));
      const axis = random.int(0, shape.length - 1);
      const parts = random.int(1, 4);
      const whole = shape.map((size, d) => (d === axis ? size * parts : size));
      return parted(whole, shape, axis - random.pick([0, shape.length]), parts);
    });
    await assertModulesMatch(cases);
    await assertOverlapsHold(cases);
  });

  it("cuts into parts of several sizes, one of which may be what the others leave", () => {
    const entry = partedBy([2, 4], 1, [1, -1], [1, 3]);
    assert.deepEqual(reference(entry, Int8Array.of(1, 2, 3, 4, 5, 6, 7, 8)), [
      Int8Array.of(1, 5),
      Int8Array.of(2, 3, 4, 6, 7, 8),
    ]);
  });

  it("gives the reference's bytes for parts of several sizes", async () => {
    const random = randomOf(4);
    const cases = Array.from({ length: 16 }, () => {
      const shape = Array.from({ length: random.int(1, 4) }, () => random.int(1, 5));
      const axis = random.int(0, shape.length - 1);
      const sizes = Array.from({ length: random.int(1, 4) }, () => random.int(1, 4));
      const size = sizes.reduce((a, b) => a + b);
      const whole = shape.map((dimension, d) => (d === axis ? size : dimension));
      const dtype = random.pick<DType>(["int8", "int16", "int32"]);
      return partedBy(whole, axis, sizes, sizes, dtype);
    });
    await checkCases(cases);
  });

  it("refuses sizes that do not fit", () => {
    assertRefused(partedBy([2, 4], 1, [1, 2], [1, 2]), /2 parts of 2×4 along dimension 1, found sizes 1, 2/);
    assertRefused(partedBy([2, 4], 1, [-1, -1], [4, 4]), /found sizes 4, 4/);
    assertRefused(partedBy([2, 4], 1, [4, 0], [4, 1]), /2 parts of 2×4 along dimension 1, found sizes 4/);
    assertRefused(partedBy([2, 4], 1, [1, 3], [3, 1]), /output of 2×1 .*, found 2×3/);
  });

  it("refuses unequal parts and an axis that is computed", () => {
    assertRefused(parted([2, 3], [2, 1], 1, 2), /2 equal parts of 2×3 along dimension 1, found a size of 3/);
    const entry = parted([2, 2], [2, 1], 1, 2);
    assertRefused({ ...entry, options: { parts: 3 } }, /3 outputs, found 2/);
    assertRefused(
      { ...entry, inputs: [tensor([1]), tensor([2, 2])] },
      /constant int32 axis, found computed int8/,
    );
  });
});
