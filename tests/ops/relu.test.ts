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

describe("relu", () => {
  for (const name of ["relu", "mul_relu", "i16_relu"])
    it(`gives the golden outputs of ${name}`, function () {
      assertGolden(this, name);
    });

  testGoldenTables("RELU");

  it("drops what is negative and changes the scale", () => {
    // Reals −1, 0, 1.5, 64 in steps of 1 from −10, halves away from zero.
    const entry = unary("RELU", [0.5, -1], [1, -10], { shape: [2, 2] });
    assert.deepEqual(reference(entry, Int8Array.of(-3, -1, 2, 127)), [Int8Array.of(-10, -10, -8, 54)]);
  });

  it("gives the reference's bytes for all values", async () => {
    await assertUnaryModules([
      unary("RELU", [0.05, -3], [0.025, -128]),
      unary("RELU", [0.05, 100], [1.5, 127]),
      unary("RELU", [0.05, -128], [0.0001, 3]),
      unary("RELU", [0.05, 3], [0.05, 3], { shape: [1, 1, 1, 1] }),
      unary("RELU", [0.05, 3], [0.05, -128], { shape: [3, 3, 33] }),
    ]);
    await assertUnaryModules(
      [unary("RELU", [0.003, 0], [0.002, 0], { shape: [2, 3, 33], dtype: "int16" })],
      "slopes_s16",
    );
  });

  it("has a float32 form", async () => {
    const values = [-2.5, -0, 3, Infinity, Number.NaN];
    assert.deepEqual(floatResults("RELU", values), [0, -0, 3, Infinity, Number.NaN]);
    await assertFloatModules("RELU", "unary_f32");
  });

  it("refuses other types and shapes", () => {
    assertUnaryRefusals(unary("RELU", [0.05, 3], [0.05, 3]));
    assertSymmetricRefusals(unary("RELU", [0.5, 0], [0.5, 0], { dtype: "int16" }));
  });
});
