import { strict as assert } from "node:assert";
import { assertGolden, assertModulesMatch, assertRefused, reference, tensor } from "./file_operator.ts";
import { assertOverlapsHold } from "./overlaps.ts";
import { pooled, randomPools } from "./pools.ts";
import { extremeValues } from "./random_values.ts";
import { checkCases } from "./variant_harness.ts";

describe("max_pool_2d", () => {
  for (const name of [
    "maxpool_2_same",
    "maxpool_2_valid",
    "maxpool_3s1_same",
    "maxpool_3x2s2x3_same",
    "maxpool1d",
    "i16_maxpool",
  ])
    it(`gives the golden outputs of ${name}`, function () {
      assertGolden(this, name);
    });

  it("takes the largest, kept within the fused activation", () => {
    const shape = [1, 1, 4, 1];
    const entry = pooled("MAX_POOL_2D", { shape, window: [1, 2], stride: [1, 2], same: false });
    const values = Int8Array.of(-100, -50, 120, 125);
    assert.deepEqual(reference(entry, values), [Int8Array.of(-50, 125)]);
    const relu6 = { ...entry, options: { ...entry.options, activation: 3 } };
    // Real 0 is quantized to 3, real 6 to 123.
    assert.deepEqual(reference(relu6, values), [Int8Array.of(3, 123)]);
  });

  const cases = [...randomPools("MAX_POOL_2D", 7), ...randomPools("MAX_POOL_2D", 27, "int16")];

  it("gives the reference's bytes for random windows", async () => {
    await assertModulesMatch(cases);
    await assertModulesMatch(cases, { inputs: "extremes" });
  });

  it("keeps them with the output over the input", () => assertOverlapsHold(cases));

  it("gives the reference's bytes with every kernel that fits", async () => {
    const kernels = new Set(["max_pool_2d", "max_pool_2d_simd128"]);
    assert.deepEqual(await checkCases(cases), kernels);
    assert.deepEqual(await checkCases(cases.slice(0, 8), { contents: extremeValues }), kernels);
  });

  it("refuses shapes, types and quantization that do not fit", () => {
    const entry = pooled("MAX_POOL_2D", { shape: [1, 4, 4, 2], window: [2, 2], stride: [2, 2], same: false });
    assertRefused({ ...entry, outputs: [tensor([1, 2, 3, 2])] }, /output of 1×2×2×2 .* found 1×2×3×2/);
    assertRefused({ ...entry, outputs: [tensor([1, 2, 2, 2], 0.1)] }, /one scale/);
    assertRefused({ ...entry, options: { ...entry.options, strideHeight: 0 } }, /strideHeight from 1/);
    assertRefused({ ...entry, options: { ...entry.options, padding: 2 } }, /SAME or VALID/);
    assertRefused({ ...entry, options: { ...entry.options, activation: 4 } }, /activation 4/);
    const wide = tensor([1, 4, 4, 2], 0.05, 0, "int16");
    assertRefused(
      { ...entry, inputs: [wide] },
      /expects int8 or int16 input and output, found int16 and int8/,
    );
  });
});
