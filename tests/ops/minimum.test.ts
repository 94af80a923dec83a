import { strict as assert } from "node:assert";
import { binary, randomBinaries } from "./binary_operators.ts";
import { assertGolden, assertRefused, reference, tensor } from "./file_operator.ts";
import { assertOverlapsHold } from "./overlaps.ts";
import { finiteValues } from "./random_values.ts";
import { checkCases } from "./variant_harness.ts";

const cases = (dtype: "int8" | "int16" | "int32" | "float32") =>
  randomBinaries("MINIMUM", { count: 16, seed: 16, dtype, fused: false });

describe("minimum", () => {
  for (const name of ["minimum_bc_c", "hard_sigmoid"])
    it(`gives the golden outputs of ${name}`, function () {
      assertGolden(this, name);
    });

  it("takes the smaller element as it is stored, and broadcasts", () => {
    const columns = binary("MINIMUM", [tensor([2, 3]), tensor([3])], tensor([2, 3]));
    const values = [Int8Array.of(1, -5, 7, -128, 0, 127), Int8Array.of(2, -1, 9)];
    assert.deepEqual(reference(columns, ...values), [Int8Array.of(1, -5, 7, -128, -1, 9)]);
    const floats = tensor([3], 1, 0, "float32");
    const reals = [Float32Array.of(0, 2, Number.NaN), Float32Array.of(-0, 1, 1)];
    assert.deepEqual(reference(binary("MINIMUM", [floats, floats], floats), ...reals), [
      Float32Array.of(-0, 1, 1),
    ]);
  });

  it("gives the reference's bytes for random shapes, with every kernel that fits", async () => {
    const int8 = cases("int8");
    await assertOverlapsHold(int8);
    assert.deepEqual(await checkCases(int8), new Set(["binary_plain", "lookup_table_s8"]));
    const integers = await checkCases([...cases("int16"), ...cases("int32")]);
    assert.deepEqual(integers, new Set(["binary_plain"]));
    const floats = await checkCases(cases("float32"), { contents: finiteValues });
    assert.deepEqual(floats, new Set(["binary_f32"]));
  });

  it("refuses other types and shapes", () => {
    const int8 = tensor([2, 3]);
    assertRefused(binary("MINIMUM", [int8, tensor([2])], int8), /broadcast, found 2×3 and 2/);
    const bytes = tensor([2, 3], 1, 0, "uint8");
    assertRefused(
      binary("MINIMUM", [bytes, bytes], bytes),
      /one type of int8, .*found uint8, uint8 and uint8/,
    );
  });
});
