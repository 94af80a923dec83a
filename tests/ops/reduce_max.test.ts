import { strict as assert } from "node:assert";
import { assertGolden, assertModulesMatch, assertRefused, reference } from "./file_operator.ts";
import { assertOverlapsHold } from "./overlaps.ts";
import { finiteValues } from "./random_values.ts";
import { alternating, randomReductions, reduced } from "./reductions.ts";
import { checkCases } from "./variant_harness.ts";

const cases = (dtype: "int8" | "int16" | "int32" | "float32") =>
  randomReductions("REDUCE_MAX", { count: 12, seed: 22, dtype });

const rows = { shape: [2, 3], axes: [1], output: [2] };

describe("reduce_max", () => {
  it("gives the golden outputs of reduce_max_hw", function () {
    assertGolden(this, "reduce_max_hw");
  });

  it("gives the golden outputs of global_maxpool", function () {
    assertGolden(this, "global_maxpool");
  });

  it("takes the largest value as it is stored; one that is no number never", () => {
    const values = Int8Array.of(-7, 9, 0, 5, -2, 4);
    assert.deepEqual(reference(reduced("REDUCE_MAX", rows), values), [Int8Array.of(9, 5)]);
    const longs = reduced("REDUCE_MAX", { ...rows, dtype: "int64" });
    const large = 2n ** 60n;
    assert.deepEqual(reference(longs, BigInt64Array.of(large, large, large, large, large, large)), [
      BigInt64Array.of(large, large),
    ]);
    const floats = reduced("REDUCE_MAX", { ...rows, dtype: "float32" });
    const largest = (2 - 2 ** -23) * 2 ** 127;
    const reals = Float32Array.of(Number.NaN, Number.NaN, Number.NaN, 1, Number.NaN, 1);
    assert.deepEqual(reference(floats, reals), [Float32Array.of(-largest, 1)]);
  });

  it("gives the reference's bytes for random shapes and axes, with every kernel that fits", async () => {
    const int8 = [...cases("int8"), alternating("REDUCE_MAX")];
    assert.deepEqual(await assertModulesMatch(int8), new Set(["reduce_extremum"]));
    await assertOverlapsHold(int8);
    assert.deepEqual(
      await checkCases([...int8, ...cases("int16"), ...cases("int32")]),
      new Set(["reduce_extremum"]),
    );
    const floats = await checkCases(cases("float32"), { contents: finiteValues });
    assert.deepEqual(floats, new Set(["reduce_f32"]));
  });

  it("refuses other types and quantizations", () => {
    assertRefused(reduced("REDUCE_MAX", { ...rows, dtype: "bool" }), /found bool/);
    assertRefused(reduced("REDUCE_MAX", { ...rows, to: [0.05, 4] }), /one scale and zero point/);
  });
});
