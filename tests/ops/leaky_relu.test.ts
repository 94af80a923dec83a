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

const leaky = (alpha: number, shape = [256]) =>
  unary("LEAKY_RELU", [0.5, -1], [1, 10], { shape, options: { alpha } });

describe("leaky_relu", () => {
  for (const name of ["leaky_relu", "leaky_relu_03", "i16_leaky_relu"])
    it(`gives the golden outputs of ${name}`, function () {
      assertGolden(this, name);
    });

  testGoldenTables("LEAKY_RELU");

  it("multiplies what is negative by alpha", () => {
    // Reals −4, −1, 2 in steps of 1 from 10, halves away from zero.
    const values = Int8Array.of(-9, -3, 3);
    assert.deepEqual(reference(leaky(0.5, [3]), values), [Int8Array.of(8, 9, 12)]);
    assert.deepEqual(reference(leaky(2, [3]), values), [Int8Array.of(2, 8, 12)]);
    assert.deepEqual(reference(leaky(-1, [3]), values), [Int8Array.of(14, 11, 12)]);
    assert.deepEqual(reference(leaky(0, [3]), values), [Int8Array.of(10, 10, 12)]);
  });

  it("gives the reference's bytes for all values", async () => {
    await assertUnaryModules([leaky(0.01), leaky(-0.3), leaky(5), leaky(0), leaky(0.2, [2, 5, 33])]);
    const wide = [0.01, -0.3, 5, 0].map((alpha) =>
      unary("LEAKY_RELU", [0.003, 0], [0.002, 0], { shape: [99], options: { alpha }, dtype: "int16" }),
    );
    await assertUnaryModules(wide, "slopes_s16");
  });

  it("has a float32 form", async () => {
    const values = [-2, 3, -Infinity, Number.NaN];
    assert.deepEqual(floatResults("LEAKY_RELU", values, { alpha: 0.25 }), [-0.5, 3, -Infinity, Number.NaN]);
    await assertFloatModules("LEAKY_RELU", "unary_f32", { alpha: 0.25 });
  });

  it("refuses other types and shapes", () => {
    assertUnaryRefusals(leaky(0.1));
    assertSymmetricRefusals(unary("LEAKY_RELU", [0.5, 0], [0.5, 0], { dtype: "int16" }));
  });
});
