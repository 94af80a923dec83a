import { strict as assert } from "node:assert";
import { assertGolden, assertRefused, reference, tensor } from "./file_operator.ts";
import { counting, moved, randomType } from "./movements.ts";
import { randomOf } from "./random_values.ts";
import { checkCases } from "./variant_harness.ts";

const blocked = (output: readonly [number, number, number, number], size: number) => {
  const [batches, height, width, channels] = output;
  return {
    shape: [batches, height * size, width * size, channels],
    parameters: [],
    output: [batches, height, width, channels * size * size],
    options: { size },
  };
};

describe("space_to_depth", () => {
  it("gives the golden outputs of space_to_depth", function () {
    assertGolden(this, "space_to_depth");
  });

  it("makes channels of a block's pixels, row by row", () => {
    const entry = moved("SPACE_TO_DEPTH", blocked([1, 1, 2, 1], 2));
    assert.deepEqual(reference(entry, counting(8)), [Int8Array.of(0, 1, 4, 5, 2, 3, 6, 7)]);
  });

  it("gives the reference's bytes for random shapes", async () => {
    const random = randomOf(14);
    const cases = Array.from({ length: 12 }, () => {
      const output = [random.int(1, 2), random.int(1, 3), random.int(1, 3), random.int(1, 4)] as const;
      return moved("SPACE_TO_DEPTH", {
        ...blocked([...output], random.int(1, 3)),
        dtype: randomType(random),
      });
    });
    await checkCases(cases);
  });

  it("refuses blocks that do not fit", () => {
    const entry = moved("SPACE_TO_DEPTH", blocked([1, 1, 2, 1], 2));
    assertRefused({ ...entry, options: { size: 3 } }, /multiples of 3, found 1×2×4×1/);
    assertRefused({ ...entry, options: { size: 0 } }, /blocks of at least 1, found 0/);
    assertRefused({ ...entry, inputs: [tensor([2, 4])] }, /4 dimensions, found 2×4/);
    assertRefused({ ...entry, outputs: [tensor([1, 1, 2, 2])] }, /output of 1×1×2×4 .*, found 1×1×2×2/);
  });
});
