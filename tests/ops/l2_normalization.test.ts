import { strict as assert } from "node:assert";
import { assertGolden, assertModulesMatch, assertRefused, reference, tensor } from "./file_operator.ts";
import { assertOverlapsHold } from "./overlaps.ts";
import { randomOf } from "./random_values.ts";
import { checkCases } from "./variant_harness.ts";

const normal = (shape: readonly number[], zeroPoint = 3) => ({
  spelling: "L2_NORMALIZATION",
  inputs: [tensor(shape, 0.1, zeroPoint)],
  outputs: [tensor(shape, 1 / 128, 0)],
});

describe("l2_normalization", () => {
  it("gives the golden outputs of l2_norm", function () {
    assertGolden(this, "l2_norm");
  });

  it("divides each row by its norm", () => {
    // 3, 4 and 0 of norm 5; a row of zeros; one that is −1.
    const values = Int8Array.of(6, 7, 3, 3, 3, 3, 3, -97, 3);
    assert.deepEqual(reference(normal([3, 3]), values), [Int8Array.of(77, 102, 0, 0, 0, 0, 0, -128, 0)]);
  });

  it("gives the reference's bytes for random shapes", async () => {
    const random = randomOf(13);
    const cases = Array.from({ length: 16 }, () =>
      normal([random.int(1, 5), random.int(1, 40)], random.int(-128, 127)),
    );
    await assertOverlapsHold(cases);
    assert.deepEqual(await assertModulesMatch([...cases, normal([7])]), new Set(["l2_normalization_s8"]));
    const largest = normal([1, 33025], -128);
    assert.deepEqual(await checkCases([...cases, largest]), new Set(["l2_normalization_s8"]));
    await assertModulesMatch([largest], { inputs: "extremes" });
  });

  it("refuses other types and outputs, activations and too many values", () => {
    const entry = normal([1, 4]);
    assertRefused(
      { ...entry, outputs: [tensor([1, 4], 1 / 64, 0)] },
      /scale of 1\/128 .* found 0.015625 and 0/,
    );
    assertRefused({ ...entry, outputs: [tensor([4], 1 / 128, 0)] }, /output of 1×4, found 4/);
    assertRefused({ ...entry, inputs: [tensor([1, 4], 0.1, 0, "int16")] }, /found int16 and int8/);
    assertRefused({ ...entry, options: { activation: 1 } }, /no fused activation, found relu/);
    assertRefused(normal([1, 33026]), /at most 33025 values/);
    const { quantization: _, ...plain } = tensor([1, 4]);
    assertRefused({ ...entry, inputs: [plain] }, /has no quantization/);
  });
});
