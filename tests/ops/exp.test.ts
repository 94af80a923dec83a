import { strict as assert } from "node:assert";
import { assertGolden, reference } from "./file_operator.ts";
import {
  assertFloatModules,
  assertSymmetricRefusals,
  assertUnaryModules,
  assertUnaryRefusals,
  floatResults,
  testGoldenTables,
  unary,
} from "./unary_operators.ts";

describe("exp", () => {
  for (const name of ["exp", "i16_exp", "softplus"])
    it(`gives the golden outputs of ${name}`, function () {
      assertGolden(this, name);
    });

  testGoldenTables("EXP");

  it("is e^x as near as its output has steps", () => {
    const entry = unary("EXP", [0.5, 0], [0.25, -128], { shape: [5] });
    const values = Int8Array.of(-128, -2, 0, 4, 127);
    // 4e^−1 = 1.47, 4, 4e² = 29.6; e^63.5 saturates.
    assert.deepEqual(reference(entry, values), [Int8Array.of(-128, -127, -124, -98, 127)]);
  });

  it("gives the reference's bytes", async () => {
    await assertUnaryModules([unary("EXP", [0.02, -3], [0.1, -128]), unary("EXP", [3, 3], [0.01, 9])]);
    const wide = { shape: [2, 3, 33], dtype: "int16" } as const;
    await assertUnaryModules(
      [unary("EXP", [0.0002, 0], [0.02, 0], wide), unary("EXP", [0.1, 0], [0.001, 0], wide)],
      "interpolated_table_s16",
    );
  });

  it("has a float32 form", async () => {
    const values = [0, 1, -Infinity, Infinity, 89, -104, Number.NaN];
    const results = [1, Math.fround(Math.E), 0, Infinity, Infinity, 0, Number.NaN];
    assert.deepEqual(floatResults("EXP", values), results);
    await assertFloatModules("EXP", "exponential_f32");
  });

  it("refuses other types, shapes and zero points", () => {
    assertUnaryRefusals(unary("EXP", [0.05, 3], [0.05, 3]));
    assertSymmetricRefusals(unary("EXP", [0.5, 0], [0.5, 0], { dtype: "int16" }));
  });
});
