import { strict as assert } from "node:assert";
import { assertGolden, assertModulesMatch, assertRefused, reference } from "./file_operator.ts";
import { assertOverlapsHold } from "./overlaps.ts";
import { extremeValues, finiteValues, randomValues } from "./random_values.ts";
import { alternating, randomReductions, reduced } from "./reductions.ts";
import { checkCases } from "./variant_harness.ts";

const cases = (dtype: "int8" | "int16" | "float32") =>
  randomReductions("SUM", {
    count: 16,
    seed: 9,
    dtype,
    quantize: (random, [scale]) => [
      scale * random.pick([1, 3, 10]),
      dtype === "int8" ? random.int(-128, 127) : 0,
    ],
  });

describe("sum", () => {
  for (const name of ["sum_hw", "sum_c_keep"])
    it(`gives the golden outputs of ${name}`, function () {
      assertGolden(this, name);
    });

  it("rescales the sum; whole numbers and floats are added as they are", () => {
    // Reals 0, 0.5 and 1, of 1.5, 2 and 2.5, in steps of 0.5 from −10.
    const rows = { shape: [2, 3], axes: [1], output: [2] };
    const quantized = reduced("SUM", { ...rows, to: [0.5, -10] });
    assert.deepEqual(reference(quantized, Int8Array.of(3, 13, 23, 33, 43, 53)), [Int8Array.of(-7, 2)]);
    const whole = reference(
      reduced("SUM", { ...rows, dtype: "int32" }),
      Int32Array.of(2 ** 31 - 1, 1, 0, 1, 2, 3),
    );
    assert.deepEqual(whole, [Int32Array.of(-(2 ** 31), 6)]);
    const longs = reference(
      reduced("SUM", { ...rows, dtype: "int64" }),
      BigInt64Array.of(2n ** 60n, 1n, 0n, 1n, 2n, 3n),
    );
    assert.deepEqual(longs, [BigInt64Array.of(2n ** 60n + 1n, 6n)]);
    const floats = reduced("SUM", { ...rows, dtype: "float32" });
    assert.deepEqual(reference(floats, Float32Array.of(2 ** 24, 1, 1, 1, 1, 2 ** 24)), [
      Float32Array.of(2 ** 24, 2 ** 24 + 2),
    ]);
  });

  it("gives the reference's bytes for random shapes and axes, with every kernel that fits", async () => {
    const int8 = [...cases("int8"), alternating("SUM")];
    assert.deepEqual(await assertModulesMatch(int8), new Set(["reduce_sum"]));
    await assertOverlapsHold(int8);
    assert.deepEqual(await checkCases(int8), new Set(["reduce_sum"]));
    for (const contents of [randomValues, extremeValues])
      assert.deepEqual(await checkCases(cases("int16"), { contents }), new Set(["reduce_sum"]));
    const floats = await checkCases(cases("float32"), { contents: finiteValues });
    assert.deepEqual(floats, new Set(["reduce_f32"]));
  });

  it("refuses other types and too many values", () => {
    const rows = { shape: [2, 3], axes: [1], output: [2] };
    assertRefused(reduced("SUM", { ...rows, dtype: "bool" }), /found bool/);
    assertRefused(reduced("SUM", { ...rows, shape: [2, 2 ** 23 + 1] }), /sum of at most 8388608 values/);
  });
});
