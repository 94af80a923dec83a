import { strict as assert } from "node:assert";
import { binary, randomBinaries } from "./binary_operators.ts";
import { assertGolden, assertRefused, reference, tensor } from "./file_operator.ts";
import { assertOverlapsHold } from "./overlaps.ts";
import { finiteValues } from "./random_values.ts";
import { checkCases } from "./variant_harness.ts";

describe("floor_div", () => {
  it("gives the golden outputs of floor_div", function () {
    assertGolden(this, "floor_div");
  });

  it("rounds quotients down", () => {
    const floats = tensor([4], 1, 0, "float32");
    const reals = [Float32Array.of(7, -7, 6, 1), Float32Array.of(2, 2, -3, 0)];
    assert.deepEqual(reference(binary("FLOOR_DIV", [floats, floats], floats), ...reals), [
      Float32Array.of(3, -4, -2, Infinity),
    ]);
    const whole = tensor([5], 1, 0, "int32");
    const integers = [Int32Array.of(7, -7, 7, -6, 1), Int32Array.of(2, 2, -2, 3, 0)];
    assert.deepEqual(reference(binary("FLOOR_DIV", [whole, whole], whole), ...integers), [
      Int32Array.of(3, -4, -4, -2, 0),
    ]);
  });

  it("gives the reference's bytes for random shapes", async () => {
    const cases = randomBinaries("FLOOR_DIV", { count: 12, seed: 20, dtype: "float32", fused: false });
    assert.deepEqual(await checkCases(cases, { contents: finiteValues }), new Set(["binary_f32"]));
    await assertOverlapsHold(cases.slice(0, 4));
  });

  it("refuses other types", () => {
    const int8 = tensor([2]);
    assertRefused(
      binary("FLOOR_DIV", [int8, int8], int8),
      /int32, int64, float32, found int8, int8 and int8/,
    );
  });
});
