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

describe("log", () => {
  for (const name of ["log", "softplus"])
    it(`gives the golden outputs of ${name}`, function () {
      assertGolden(this, name);
    });

  testGoldenTables("LOG");

  it("is ln x as near as its output has steps, and the least output where x ≤ 0", () => {
    const entry = unary("LOG", [0.5, 0], [0.25, 10], { shape: [5] });
    // 4 ln ½ = −2.8, 0, 4 ln 4 = 5.5.
    assert.deepEqual(reference(entry, Int8Array.of(-3, 0, 1, 2, 8)), [Int8Array.of(-128, -128, 7, 10, 16)]);
  });

  it("gives the reference's bytes", async () => {
    await assertUnaryModules([unary("LOG", [0.02, -128], [0.05, 60]), unary("LOG", [3, 3], [0.01, 9])]);
    // From the least output to the first logarithm the table rises by more than 16 bits hold.
    const wide = { shape: [400], dtype: "int16" } as const;
    await assertUnaryModules([unary("LOG", [0.1, 0], [0.0003, 0], wide)], "interpolated_table_s16");
  });

  it("has a float32 form", async () => {
    const values = [1, 2, 0, -1, Infinity, 2 ** -149];
    const results = [0, Math.fround(Math.LN2), -Infinity, Number.NaN, Infinity, Math.fround(-149 * Math.LN2)];
    assert.deepEqual(floatResults("LOG", values), results);
    await assertFloatModules("LOG", "log_f32");
  });

  it("refuses other types, shapes and zero points", () => {
    assertUnaryRefusals(unary("LOG", [0.05, 3], [0.05, 3]));
    assertSymmetricRefusals(unary("LOG", [0.5, 0], [0.5, 0], { dtype: "int16" }));
  });
});
