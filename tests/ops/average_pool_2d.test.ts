import { strict as assert } from "node:assert";
import { assertGolden, assertModulesMatch, assertRefused, reference, tensor } from "./file_operator.ts";
import { assertOverlapsHold } from "./overlaps.ts";
import { pooled, randomPools } from "./pools.ts";
import { extremeValues } from "./random_values.ts";
import { checkCases } from "./variant_harness.ts";

describe("average_pool_2d", () => {
  for (const name of [
    "avgpool_2_same",
    "avgpool_2_valid",
    "avgpool_3s1_same",
    "avgpool_3x2s2x3_same",
    "avgpool1d",
    "i16_avgpool",
  ])
    it(`gives the golden outputs of ${name}`, function () {
      assertGolden(this, name);
    });

  it("rounds halves away from zero", () => {
    const entry = pooled("AVERAGE_POOL_2D", {
      shape: [1, 1, 6, 1],
      window: [1, 2],
      stride: [1, 2],
      same: false,
    });
    assert.deepEqual(reference(entry, Int8Array.of(1, 2, -1, -2, 127, 127)), [Int8Array.of(2, -2, 127)]);
  });

  it("leaves out what lies beyond the border", () => {
    const entry = pooled("AVERAGE_POOL_2D", {
      shape: [1, 1, 3, 1],
      window: [1, 3],
      stride: [1, 1],
      same: true,
    });
    assert.deepEqual(reference(entry, Int8Array.of(10, 20, 30)), [Int8Array.of(15, 20, 25)]);
  });

  const cases = [...randomPools("AVERAGE_POOL_2D", 6), ...randomPools("AVERAGE_POOL_2D", 26, "int16")];

  it("gives the reference's bytes for random windows", async () => {
    await assertModulesMatch(cases);
    await assertModulesMatch(cases, { inputs: "extremes" });
  });

  it("keeps them with the output over the input", () => assertOverlapsHold(cases));

  it("gives the reference's bytes with every kernel that fits", async () => {
    const kernels = new Set(["average_pool_2d", "average_pool_2d_s8_simd128"]);
    assert.deepEqual(await checkCases(cases), kernels);
    assert.deepEqual(await checkCases(cases.slice(0, 8), { contents: extremeValues }), kernels);
  });

  it("refuses shapes, types and quantization that do not fit", () => {
    const entry = pooled("AVERAGE_POOL_2D", {
      shape: [1, 4, 4, 2],
      window: [2, 2],
      stride: [2, 2],
      same: false,
    });
    assertRefused({ ...entry, outputs: [tensor([1, 2, 3, 2])] }, /output of 1×2×2×2 .* found 1×2×3×2/);
    assertRefused({ ...entry, outputs: [tensor([1, 2, 2, 2], 0.1)] }, /one scale/);
    assertRefused({ ...entry, options: { ...entry.options, strideHeight: 0 } }, /strideHeight from 1/);
    assertRefused({ ...entry, options: { ...entry.options, padding: 2 } }, /SAME or VALID/);
    assertRefused({ ...entry, options: { ...entry.options, activation: 4 } }, /activation 4/);
    const large = { shape: [1, 256, 256, 1], window: [256, 256], stride: [1, 1], same: false } as const;
    assertRefused(pooled("AVERAGE_POOL_2D", large, "int16"), /at most 65535 pixels, found 65536/);
    const wide = tensor([1, 4, 4, 2], 0.05, 0, "int16");
    assertRefused(
      { ...entry, inputs: [wide] },
      /expects int8 or int16 input and output, found int16 and int8/,
    );
  });
});
