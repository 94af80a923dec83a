import { strict as assert } from "node:assert";
import { binary, randomBinaries } from "./binary_operators.ts";
import { assertGolden, assertModulesMatch, assertRefused, reference, tensor } from "./file_operator.ts";
import { assertOverlapsHold } from "./overlaps.ts";
import { extremeValues, finiteValues, randomValues } from "./random_values.ts";
import { checkCases } from "./variant_harness.ts";

const cases = (dtype: "int8" | "int16" | "float32") =>
  randomBinaries("SQUARED_DIFFERENCE", { count: 20, seed: 17, dtype, fused: false });

describe("squared_difference", () => {
  it("gives the golden outputs of squared_difference", function () {
    assertGolden(this, "squared_difference");
  });

  it("squares the difference of reals, whatever the scales", () => {
    // Reals 2, −3 and 0.5, 0.5: 2.25 and 12.25, in steps of 0.25 from −100.
    const operands = [tensor([2], 0.5, 1), tensor([1], 0.25, -2)] as const;
    const squared = binary("SQUARED_DIFFERENCE", operands, tensor([2], 0.25, -100));
    assert.deepEqual(reference(squared, Int8Array.of(5, -5), Int8Array.of(0)), [Int8Array.of(-91, -51)]);
    const whole = tensor([2], 1, 0, "int32");
    const values = [Int32Array.of(7, -(2 ** 31)), Int32Array.of(9, 1)];
    // The second difference wraps to 2^31 − 1, and its square to 1.
    assert.deepEqual(reference(binary("SQUARED_DIFFERENCE", [whole, whole], whole), ...values), [
      Int32Array.of(4, 1),
    ]);
  });

  it("gives the reference's bytes for random shapes, with every kernel that fits", async () => {
    const kernels = new Set(["", "_simd128", "_wide"].map((suffix) => `binary_quantized${suffix}`)).add(
      "lookup_table_s8",
    );
    const int8 = cases("int8");
    assert.deepEqual(await assertModulesMatch(int8), new Set(["binary_quantized", "lookup_table_s8"]));
    await assertOverlapsHold(int8);
    for (const contents of [randomValues, extremeValues])
      assert.deepEqual(await checkCases(int8, { contents }), kernels);
    for (const contents of [finiteValues, extremeValues])
      assert.deepEqual(await checkCases(cases("int16"), { contents }), new Set(["binary_quantized"]));
    const floats = await checkCases(cases("float32"), { contents: finiteValues });
    assert.deepEqual(floats, new Set(["binary_f32"]));
  });

  it("refuses other types and zero points of int16", () => {
    const int8 = tensor([2, 3]);
    assertRefused(binary("SQUARED_DIFFERENCE", [int8, tensor([2])], int8), /broadcast, found 2×3 and 2/);
    const wide = tensor([2], 1, 1, "int16");
    assertRefused(binary("SQUARED_DIFFERENCE", [wide, wide], wide), /zero points of 0, found 1, 1, 1/);
  });
});
