import { strict as assert } from "node:assert";
import { assertGolden, assertRefused, reference } from "./file_operator.ts";
import {
  assertFloatModules,
  assertSymmetricRefusals,
  assertUnaryModules,
  assertUnaryRefusals,
  floatResults,
  testGoldenTables,
  unary,
} from "./unary_operators.ts";

describe("rsqrt", () => {
  for (const name of ["rsqrt"])
    it(`gives the golden outputs of ${name}`, function () {
      assertGolden(this, name);
    });

  testGoldenTables("RSQRT");

  it("is 1 / √x, and the largest output where x ≤ 0", () => {
    const entry = unary("RSQRT", [0.25, -10], [0.125, 1], { shape: [5] });
    // x = 0.25, 1 and 4 of the scale 0.25, so 2, 1 and ½ of the scale 0.125.
    const values = Int8Array.of(-128, -10, -9, -6, 6);
    assert.deepEqual(reference(entry, values), [Int8Array.of(127, 127, 17, 9, 5)]);
    const wide = unary("RSQRT", [0.25, 0], [0.125, 0], { shape: [3], dtype: "int16" });
    assert.deepEqual(reference(wide, Int16Array.of(-1, 1, 64)), [Int16Array.of(32767, 16, 2)]);
  });

  it("gives the reference's bytes", async () => {
    await assertUnaryModules([
      unary("RSQRT", [0.02, -128], [0.05, -128]),
      unary("RSQRT", [0.0003, 3], [0.1, 9], { shape: [2, 3, 33] }),
    ]);
    const wide = { shape: [300], dtype: "int16" } as const;
    await assertUnaryModules(
      [unary("RSQRT", [0.0001, 0], [0.01, 0], wide), unary("RSQRT", [1e-9, 0], [1e-6, 0], wide)],
      "rsqrt_s16",
    );
  });

  it("has a float32 form", async () => {
    const values = [4, 0.25, 0, -1];
    assert.deepEqual(floatResults("RSQRT", values), [0.5, 2, Infinity, Number.NaN]);
    await assertFloatModules("RSQRT", "unary_f32");
  });

  it("refuses other types and shapes, zero points of int16, and scales that vanish", () => {
    assertUnaryRefusals(unary("RSQRT", [0.05, 3], [0.05, 3]));
    assertSymmetricRefusals(unary("RSQRT", [0.5, 0], [0.5, 0], { dtype: "int16" }));
    for (const dtype of ["int8", "int16"] as const)
      assertRefused(
        unary("RSQRT", [2 ** 20, 0], [8, 0], { dtype }),
        /at most 1024, found scales 1048576 and 8/,
      );
  });
});
