import { strict as assert } from "node:assert";
import { assertGolden, assertModulesMatch, assertRefused, reference, tensor } from "./file_operator.ts";
import { assertOverlapsHold } from "./overlaps.ts";
import { extremeValues, finiteValues, randomValues } from "./random_values.ts";
import { alternating, randomReductions, reduced } from "./reductions.ts";
import { checkCases } from "./variant_harness.ts";

const cases = (dtype: "int8" | "int16" | "float32") =>
  randomReductions("MEAN", {
    count: 20,
    seed: 8,
    dtype,
    quantize: (random, [scale]) => [
      scale * random.pick([1, 0.3, 2]),
      dtype === "int8" ? random.int(-128, 127) : 0,
    ],
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
    "i16_mean_hw",
  ])
    it(`gives the golden outputs of ${name}`, function () {
      assertGolden(this, name);
    });

  it("rescales the mean; axes may be negative, doubled and in any order", () => {
    const values = Int8Array.of(3, 13, 23, 33, 43, 53);
    // Reals 0, 0.5, … 2.5 with a mean of 1.25, which is 25 steps of 0.05, or 12.5 of 0.1.
    const all = { shape: [2, 3], axes: [-1, 0, 1], output: [1, 1], to: [0.1, -4] } as const;
    assert.deepEqual(reference(reduced("MEAN", { shape: [1, 6], axes: [1], output: [1] }), values), [
      Int8Array.of(28),
    ]);
    assert.deepEqual(reference(reduced("MEAN", all), values), [Int8Array.of(9)]);
    const columns = reduced("MEAN", { shape: [2, 3], axes: [0], output: [3] });
    assert.deepEqual(reference(columns, values), [Int8Array.of(18, 28, 38)]);
  });

  it("sums float32 in the order in which values lie", () => {
    const rows = reduced("MEAN", { shape: [2, 3], axes: [1], output: [2], dtype: "float32" });
    const values = Float32Array.of(2 ** 24, 1, 1, 1, 1, 2 ** 24);
    assert.deepEqual(reference(rows, values), [Float32Array.of(2 ** 24 / 3, (2 ** 24 + 2) / 3)]);
  });

  it("gives the reference's bytes for random shapes and axes, with every kernel that fits", async () => {
    const int8 = [...cases("int8"), alternating("MEAN")];
    assert.deepEqual(await assertModulesMatch(int8), new Set(["reduce_sum"]));
    await assertOverlapsHold(int8);
    assert.deepEqual(await checkCases(int8), new Set(["reduce_sum"]));
    for (const contents of [randomValues, extremeValues])
      assert.deepEqual(await checkCases(cases("int16"), { contents }), new Set(["reduce_sum"]));
    const floats = await checkCases([...cases("float32"), alternating("MEAN", "float32")], {
      contents: finiteValues,
    });
    assert.deepEqual(floats, new Set(["reduce_f32"]));
  });

  it("refuses other types, shapes and axes", () => {
    const rows = { shape: [2, 3], axes: [1], output: [2] };
    assertRefused(reduced("MEAN", { ...rows, axes: [2] }), /axis from -2 to 1, found 2/);
    assertRefused(reduced("MEAN", { ...rows, output: [3] }), /dimensions of 2×3 other than 1, found 3/);
    const spread = { shape: [2, 3, 2, 3, 2, 3, 2], axes: [0, 2, 4, 6], output: [3, 3, 3] };
    assertRefused(reduced("MEAN", spread), /at most 3 groups .* found 0, 2, 4, 6 of 2×3×2×3×2×3×2/);
    const many = { shape: [65, 2, 2, 2, 2, 2], axes: [1, 3, 5], output: [65, 2, 2] };
    assertRefused(reduced("MEAN", many), /few between them/);
    assertRefused(reduced("MEAN", { ...rows, dtype: "int32" }), /int8, int16, float32, found int32/);
    const entry = reduced("MEAN", rows);
    assertRefused({ ...entry, outputs: [tensor([2], 1, 0, "int16")] }, /found int8 and int16/);
    assertRefused({ ...entry, inputs: [tensor([2, 3]), tensor([1])] }, /constant int32 axes/);
    const long = { shape: [65536], axes: [0], output: [1], dtype: "int16" } as const;
    assertRefused(reduced("MEAN", { ...long, from: [1, 0] }), /mean of at most 65535 values, found 65536/);
  });
});
