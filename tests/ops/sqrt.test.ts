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

describe("sqrt", () => {
  for (const name of ["sqrt"])
    it(`gives the golden outputs of ${name}`, function () {
      assertGolden(this, name);
    });

  testGoldenTables("SQRT");

  it("is √x rounded down, and 0 where x < 0", () => {
    const entry = unary("SQRT", [0.5, -10], [0.25, 1], { shape: [4] });
    // √0.5 = 0.71 and √2 = 1.41 are 2.8 and 5.7 steps.
    assert.deepEqual(reference(entry, Int8Array.of(-128, -10, -9, -6)), [Int8Array.of(1, 1, 3, 6)]);
  });

  it("gives the reference's bytes for all values", async () => {
    await assertUnaryModules([
      unary("SQRT", [0.02, -128], [0.01, -128]),
      unary("SQRT", [3, 3], [0.01, 9], { shape: [2, 3, 33] }),
    ]);
  });

  it("has an int16 form", async () => {
    const wide = { shape: [5], dtype: "int16" } as const;
    const values = Int16Array.of(-32768, 0, 1, 8, 32767);
    // √0.5 = 0.71, √4 = 2 and √16383.5 = 128, in steps of ¼ and so fine that they saturate.
    assert.deepEqual(reference(unary("SQRT", [0.5, 0], [0.25, 0], wide), values), [
      Int16Array.of(0, 0, 2, 8, 511),
    ]);
    const fine = unary("SQRT", [0.5, 0], [2 ** -12, 0], wide);
    assert.deepEqual(reference(fine, values), [Int16Array.of(0, 0, 2896, 8192, 32767)]);
    const scales = [0.5, 1e-30, 3.4e38] as const;
    const cases = scales.map((scale) =>
      unary("SQRT", [scale, 0], [0.001, 0], { shape: [300], dtype: "int16" }),
    );
    await assertUnaryModules(cases, "sqrt_s16");
    assertSymmetricRefusals(unary("SQRT", [0.5, 0], [0.5, 0], { dtype: "int16" }));
  });

  it("has a float32 form", async () => {
    assert.deepEqual(floatResults("SQRT", [4, 2, -0, -1, Infinity]), [
      2,
      Math.fround(Math.SQRT2),
      -0,
      Number.NaN,
      Infinity,
    ]);
    await assertFloatModules("SQRT", "unary_f32");
  });

  it("refuses other types and shapes", () => {
    assertUnaryRefusals(unary("SQRT", [0.05, 3], [0.05, 3]));
  });
});
