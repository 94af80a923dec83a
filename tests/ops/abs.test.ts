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

describe("abs", () => {
  for (const name of ["abs", "log", "sqrt"])
    it(`gives the golden outputs of ${name}`, function () {
      assertGolden(this, name);
    });

  testGoldenTables("ABS");

  it("drops the sign and changes the scale", () => {
    // Reals −63.5, −1, 0, 64 in steps of 1 from −10, halves away from zero.
    const values = Int8Array.of(-128, -3, -1, 127);
    assert.deepEqual(reference(unary("ABS", [0.5, -1], [1, -10], { shape: [4] }), values), [
      Int8Array.of(54, -9, -10, 54),
    ]);
    const wide = unary("ABS", [0.5, 0], [0.5, 0], { shape: [3], dtype: "int16" });
    assert.deepEqual(reference(wide, Int16Array.of(-32768, -7, 7)), [Int16Array.of(32767, 7, 7)]);
  });

  it("gives the reference's bytes", async () => {
    await assertUnaryModules([
      unary("ABS", [0.05, -3], [0.03, -128]),
      unary("ABS", [0.05, 3], [0.05, 9], { shape: [2, 3, 33] }),
    ]);
    await assertUnaryModules(
      [
        unary("ABS", [0.003, 0], [0.002, 0], { shape: [64], dtype: "int16" }),
        unary("ABS", [0.003, 0], [0.003, 0], { shape: [1], dtype: "int16" }),
      ],
      "slopes_s16",
    );
  });

  it("has a float32 form", async () => {
    const values = [-2.5, -0, 3, -Infinity, Number.NaN];
    assert.deepEqual(floatResults("ABS", values), [2.5, 0, 3, Infinity, Number.NaN]);
    await assertFloatModules("ABS", "unary_f32");
  });

  it("refuses other types, shapes and zero points", () => {
    assertUnaryRefusals(unary("ABS", [0.05, 3], [0.05, 3]));
    assertSymmetricRefusals(unary("ABS", [0.5, 0], [0.5, 0], { dtype: "int16" }));
  });
});
