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

const parted = (input: readonly number[], output: readonly number[], axis: number, parts: number) => ({
  spelling: "SPLIT",
  inputs: [numbers(axis), tensor(input)],
  outputs: Array.from({ length: parts }, () => tensor(output)),
  options: { parts },
});

describe("split", () => {
  for (const name of ["split_c", "split_h"])
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

  it("refuses unequal parts and an axis that is computed", () => {
    assertRefused(parted([2, 3], [2, 1], 1, 2), /2 equal parts of 2×3 along dimension 1, found 2×1/);
    const entry = parted([2, 2], [2, 1], 1, 2);
    assertRefused({ ...entry, options: { parts: 3 } }, /3 outputs, found 2/);
    assertRefused(
      { ...entry, inputs: [tensor([1]), tensor([2, 2])] },
      /constant int32 axis, found computed int8/,
    );
  });
});
