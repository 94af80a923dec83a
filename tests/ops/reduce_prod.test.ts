import { strict as assert } from "node:assert";
import { assertGolden, assertModulesMatch, assertRefused, reference } from "./file_operator.ts";
import { assertOverlapsHold } from "./overlaps.ts";
import { extremeValues, finiteValues, randomValues } from "./random_values.ts";
import { alternating, randomReductions, reduced } from "./reductions.ts";
import { checkCases } from "./variant_harness.ts";

/** Outputs about as large as the product of values of a middling size. */
const cases = (dtype: "int8" | "int16" | "float32") =>
  randomReductions("REDUCE_PROD", {
    count: 16,
    seed: 24,
    dtype,
    quantize: (random, [scale], values) => {
      const [middle, largest] = dtype === "int16" ? [9000, 32767] : [50, 127];
      const whole = Math.min(1e30, Math.max(1e-30, (scale * middle) ** values));
      return [(whole / largest) * random.pick([1, 0.3]), dtype === "int8" ? random.int(-128, 127) : 0];
    },
  });

const rows = { shape: [2, 3], axes: [1], output: [2] };

describe("reduce_prod", () => {
  it("gives the golden outputs of reduce_prod_c", function () {
    assertGolden(this, "reduce_prod_c");
  });

  it("multiplies reals; whole numbers wrap", () => {
    // Reals 1, 1.5 and −2, of 0.5, 0.5 and 4, in steps of 0.25 from 5.
    const quantized = reduced("REDUCE_PROD", { ...rows, from: [0.5, 1], to: [0.125, 5] });
    assert.deepEqual(reference(quantized, Int8Array.of(3, 4, -3, 2, 2, 9)), [Int8Array.of(-19, 13)]);
    const whole = reference(
      reduced("REDUCE_PROD", { ...rows, dtype: "int32" }),
      Int32Array.of(2, 3, 4, 2 ** 30, 3, 2),
    );
    assert.deepEqual(whole, [Int32Array.of(24, -(2 ** 31))]);
    const longs = reference(
      reduced("REDUCE_PROD", { ...rows, dtype: "int64" }),
      BigInt64Array.of(2n, 3n, 4n, 2n ** 62n, 3n, 1n),
    );
    assert.deepEqual(longs, [BigInt64Array.of(24n, -(2n ** 62n))]);
    const floats = reduced("REDUCE_PROD", { ...rows, dtype: "float32" });
    assert.deepEqual(reference(floats, Float32Array.of(3, 0.1, 0.1, 2, 2, -2)), [
      Float32Array.of(Math.fround(Math.fround(3 * Math.fround(0.1)) * Math.fround(0.1)), -8),
    ]);
  });

  it("gives the reference's bytes for random shapes and axes, with every kernel that fits", async () => {
    const int8 = [...cases("int8"), alternating("REDUCE_PROD")];
    assert.deepEqual(await assertModulesMatch(int8), new Set(["reduce_product"]));
    await assertOverlapsHold(int8);
    for (const contents of [randomValues, extremeValues])
      assert.deepEqual(
        await checkCases([...int8, ...cases("int16")], { contents }),
        new Set(["reduce_product"]),
      );
    const floats = await checkCases(cases("float32"), { contents: finiteValues });
    assert.deepEqual(floats, new Set(["reduce_f32"]));
  });

  it("refuses other types and scales", () => {
    assertRefused(reduced("REDUCE_PROD", { ...rows, dtype: "bool" }), /found bool/);
    assertRefused(
      reduced("REDUCE_PROD", { ...rows, from: [1000, 0], to: [1, 0] }),
      /scale below 128 times the root/,
    );
  });
});
