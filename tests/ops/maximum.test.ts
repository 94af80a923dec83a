import { strict as assert } from "node:assert";
import { binary, constant, randomBinaries } from "./binary_operators.ts";
import { assertGolden, assertModulesMatch, assertRefused, reference, tensor } from "./file_operator.ts";
import { assertOverlapsHold } from "./overlaps.ts";
import { extremeValues, finiteValues } from "./random_values.ts";
import { checkCases } from "./variant_harness.ts";

const cases = (dtype: "int8" | "int16" | "int32" | "float32") =>
  randomBinaries("MAXIMUM", { count: 16, seed: 15, dtype, fused: false });

describe("maximum", () => {
  it("gives the golden outputs of maximum", function () {
    assertGolden(this, "maximum");
  });

  it("takes the larger element as it is stored, and broadcasts", () => {
    const rows = binary("MAXIMUM", [tensor([2, 3]), tensor([2, 1])], tensor([2, 3]));
    const values = [Int8Array.of(1, -5, 7, -128, 0, 127), Int8Array.of(2, -1)];
    assert.deepEqual(reference(rows, ...values), [Int8Array.of(2, 2, 7, -1, 0, 127)]);
    const longs = tensor([1], 1, 0, "int64");
    const large = [BigInt64Array.of(2n ** 60n), BigInt64Array.of(2n ** 60n + 1n)];
    assert.deepEqual(reference(binary("MAXIMUM", [longs, longs], longs), ...large), [
      BigInt64Array.of(2n ** 60n + 1n),
    ]);
  });

  it("keeps the second of 0 and −0, and of anything and NaN", () => {
    const floats = tensor([3], 1, 0, "float32");
    const values = [Float32Array.of(0, -0, Number.NaN), Float32Array.of(-0, 0, 1)];
    assert.deepEqual(reference(binary("MAXIMUM", [floats, floats], floats), ...values), [
      Float32Array.of(-0, 0, 1),
    ]);
  });

  it("gives the reference's bytes for random shapes, with every kernel that fits", async () => {
    const int8 = cases("int8");
    assert.deepEqual([...(await assertModulesMatch(int8))].sort(), ["binary_plain", "lookup_table_s8"]);
    await assertOverlapsHold(int8);
    assert.deepEqual(await checkCases(int8), new Set(["binary_plain", "lookup_table_s8"]));
    const integers = [...cases("int16"), ...cases("int32")];
    assert.deepEqual(await checkCases(integers, { contents: extremeValues }), new Set(["binary_plain"]));
    assert.deepEqual(await checkCases(integers), new Set(["binary_plain"]));
    const floats = await checkCases(cases("float32"), { contents: finiteValues });
    assert.deepEqual(floats, new Set(["binary_f32"]));
  });

  it("runs more loops than its kernel has in several calls", async () => {
    const operands = [tensor([2, 1, 3, 1, 2, 1]), tensor([1, 2, 1, 3, 1, 2])] as const;
    const crossed = binary("MAXIMUM", operands, tensor([2, 2, 3, 3, 2, 2]));
    await assertModulesMatch([crossed]);
    assert.deepEqual(await checkCases([crossed]), new Set(["binary_plain"]));
  });

  it("refuses other types, shapes and too many loops", () => {
    const int8 = tensor([2, 3]);
    assertRefused(binary("MAXIMUM", [int8, tensor([2])], int8), /broadcast, found 2×3 and 2/);
    assertRefused(
      binary("MAXIMUM", [int8, constant([1], 1, 0)], tensor([2, 3], 1, 0, "int16")),
      /found int8, int8 and int16/,
    );
    const [a, b] = [tensor([65, 1, 2, 1, 2, 1]), tensor([65, 2, 1, 2, 1, 2])];
    assertRefused(
      binary("MAXIMUM", [a, b], tensor([65, 2, 2, 2, 2, 2])),
      /at most 4 alternations .* found 6/,
    );
  });
});
