import { strict as assert } from "node:assert";
import { binary, constant, randomBinaries } from "./binary_operators.ts";
import { assertGolden, assertModulesMatch, assertRefused, reference, tensor } from "./file_operator.ts";
import { assertOverlapsHold } from "./overlaps.ts";
import { extremeValues, finiteValues } from "./random_values.ts";
import { checkCases } from "./variant_harness.ts";

const cases = randomBinaries("DIV", { count: 24, seed: 18 });

describe("div", () => {
  it("gives the golden outputs of div", function () {
    assertGolden(this, "div");
  });

  it("divides reals; by 0 it gives 0", () => {
    // Reals 3, −3, 3 and 3 by 2, 2, −0.5 and 0, in steps of 0.5 from 10.
    const quotient = binary("DIV", [tensor([4], 0.5, 1), tensor([4], 0.25, 2)], tensor([4], 0.5, 10));
    const values = [Int8Array.of(7, -5, 7, 7), Int8Array.of(10, 10, 0, 2)];
    assert.deepEqual(reference(quotient, ...values), [Int8Array.of(13, 7, -2, 10)]);
    const whole = tensor([3], 1, 0, "int32");
    const integers = [Int32Array.of(7, -7, 5), Int32Array.of(2, 2, 0)];
    assert.deepEqual(reference(binary("DIV", [whole, whole], whole), ...integers), [Int32Array.of(3, -3, 0)]);
  });

  it("gives TFLite Micro's values where LiteRT's factors in float32 would give others", () => {
    const goldens = [
      { scales: [0.0326581746339798, 0.002626600209623575, 0.01621299423277378], a: 14, b: 109, want: 99 },
      { scales: [0.04451528936624527, 0.04759112000465393, 0.013039292767643929], a: 49, b: 38, want: 92 },
    ];
    for (const { scales, a, b, want } of goldens) {
      const [x, y, z] = scales.map((scale) => tensor([2], scale, 0));
      assert.ok(x && y && z);
      assert.deepEqual(reference(binary("DIV", [x, y], z), Int8Array.of(a, -a), Int8Array.of(b, -b)), [
        Int8Array.of(want, want),
      ]);
    }
  });

  it("keeps finite what it divides by 0 as float32", () => {
    const floats = tensor([3], 1, 0, "float32");
    const values = [Float32Array.of(1, -1, 1), Float32Array.of(0, 0, 3)];
    const largest = (2 - 2 ** -23) * 2 ** 127;
    assert.deepEqual(reference(binary("DIV", [floats, floats], floats), ...values), [
      Float32Array.of(largest, -largest, 1 / 3),
    ]);
  });

  it("gives the reference's bytes for random shapes, with every kernel that fits", async () => {
    const kernels = new Set(["divide_s8", "lookup_table_s8"]);
    assert.deepEqual(await assertModulesMatch(cases), kernels);
    await assertOverlapsHold(cases);
    assert.deepEqual(await checkCases(cases), kernels);
    assert.deepEqual(await checkCases(cases, { contents: extremeValues }), kernels);
    const floats = randomBinaries("DIV", { count: 12, seed: 19, dtype: "float32" });
    assert.deepEqual(await checkCases(floats, { contents: finiteValues }), new Set(["binary_f32"]));
  });

  it("refuses other types and scales", () => {
    const int8 = tensor([2, 3]);
    const wide = tensor([2, 3], 1, 0, "int16");
    assertRefused(binary("DIV", [wide, wide], wide), /found int16, int16 and int16/);
    const small = constant([1], 1e-5, 0);
    assertRefused(binary("DIV", [tensor([2, 3], 1e4), small], int8), /input scale below 4194304 times/);
  });
});
