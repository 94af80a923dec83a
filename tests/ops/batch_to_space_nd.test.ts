import { strict as assert } from "node:assert";
import { assertGolden, assertRefused, numbers, reference, tensor } from "./file_operator.ts";
import { counting, moved, randomShape, randomType } from "./movements.ts";
import { randomOf } from "./random_values.ts";
import { checkCases } from "./variant_harness.ts";

const woven = (shape: readonly number[], block: readonly number[], crops: readonly number[]) => {
  const cells = block.reduce((a, b) => a * b, 1);
  const [batches = 1, ...rest] = shape;
  const cropped = rest.map(
    (size, d) => size * (block[d] ?? 1) - (crops[2 * d] ?? 0) - (crops[2 * d + 1] ?? 0),
  );
  const output = [batches / cells, ...cropped];
  return { shape, parameters: [numbers(...block), numbers(...crops)], output };
};

describe("batch_to_space_nd", () => {
  it("gives the golden outputs of batch_to_space", function () {
    assertGolden(this, "batch_to_space");
  });

  it("weaves maps into one, and crops it", () => {
    const whole = moved("BATCH_TO_SPACE_ND", woven([4, 1, 2, 1], [2, 2], [0, 0, 0, 0]));
    assert.deepEqual(reference(whole, counting(8)), [Int8Array.of(0, 2, 1, 3, 4, 6, 5, 7)]);
    const cropped = moved("BATCH_TO_SPACE_ND", woven([2, 3, 1], [2], [1, 2]));
    assert.deepEqual(reference(cropped, counting(6)), [Int8Array.of(3, 1, 4)]);
  });

  it("gives the reference's bytes for random blocks and crops", async () => {
    const random = randomOf(16);
    const cases = Array.from({ length: 24 }, () => {
      const block = randomShape(random, 1, 3, 3);
      const inner = [...block.map(() => random.int(1, 4)), random.int(1, 3)];
      const batches = random.int(1, 2) * block.reduce((a, b) => a * b, 1);
      const crops = block.flatMap((size, d) => {
        const before = random.pick([0, random.int(0, size * (inner[d] ?? 1) - 1)]);
        return [before, random.pick([0, random.int(0, size * (inner[d] ?? 1) - 1 - before)])];
      });
      return moved("BATCH_TO_SPACE_ND", {
        ...woven([batches, ...inner], block, crops),
        dtype: randomType(random),
      });
    });
    const kernels = await checkCases(cases);
    assert.ok(kernels.has("gather_indexed") && kernels.has("move_nest"));
  });

  it("refuses blocks and crops that do not fit", () => {
    const entry = moved("BATCH_TO_SPACE_ND", woven([4, 1, 2, 1], [2, 2], [0, 0, 0, 0]));
    const given = (block: number[], crops: number[], shape = [4, 1, 2, 1]) => ({
      ...entry,
      inputs: [tensor(shape), numbers(...block), numbers(...crops)],
    });
    assertRefused(given([2, 2], [0, 0, 0, 0], [3, 1, 2, 1]), /batch that is a multiple of 4, found 3×1×2×1/);
    assertRefused(given([2, 0], [0, 0, 0, 0]), /blocks of 1 to 4096 .*, found 2×0/);
    assertRefused(given([2, 2], [0, 0]), /two crops from 0 for each of 2 dimensions, found 0 0/);
    assertRefused(given([2, 2], [0, -1, 0, 0]), /two crops from 0/);
    assertRefused(given([2, 2], [0, 2, 0, 0]), /output of 1×0×4×1 .*, found 1×2×4×1/);
  });
});
