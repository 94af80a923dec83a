import { strict as assert } from "node:assert";
import { assertGolden, assertRefused, reference, tensor } from "./file_operator.ts";
import { counting, moved, randomType } from "./movements.ts";
import { randomOf } from "./random_values.ts";
import { checkCases } from "./variant_harness.ts";

const blocked = (input: readonly [number, number, number, number], size: number) => {
  const [batches, height, width, channels] = input;
  return {
    shape: [batches, height, width, channels * size * size],
    parameters: [],
    output: [batches, height * size, width * size, channels],
    options: { size },
  };
};

describe("depth_to_space", () => {
  it("gives the golden outputs of depth_to_space", function () {
    assertGolden(this, "depth_to_space");
  });

  it("makes pixels of a block's channels, row by row", () => {
    const entry = moved("DEPTH_TO_SPACE", blocked([1, 1, 2, 1], 2));
    assert.deepEqual(reference(entry, counting(8)), [Int8Array.of(0, 1, 4, 5, 2, 3, 6, 7)]);
  });

  it("gives the reference's bytes for random shapes", async () => {
    const random = randomOf(15);
    const cases = Array.from({ length: 12 }, () => {
      const input = [random.int(1, 2), random.int(1, 3), random.int(1, 3), random.int(1, 4)] as const;
      return moved("DEPTH_TO_SPACE", { ...blocked([...input], random.int(1, 3)), dtype: randomType(random) });
    });
    await checkCases(cases);
  });

  it("refuses blocks that do not fit", () => {
    const entry = moved("DEPTH_TO_SPACE", blocked([1, 1, 2, 1], 2));
    assertRefused({ ...entry, options: { size: 3 } }, /channels that are a multiple of 9, found 1×1×2×4/);
    assertRefused({ ...entry, outputs: [tensor([1, 2, 4, 2])] }, /output of 1×2×4×1 .*, found 1×2×4×2/);
  });
});
