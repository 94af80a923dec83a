import { strict as assert } from "node:assert";
import { assertGolden, reference } from "./file_operator.ts";
import {
  assertFloatModules,
  assertUnaryModules,
  assertUnaryRefusals,
  floatResults,
  testGoldenTables,
  unary,
} from "./unary_operators.ts";

describe("elu", () => {
  it("gives the golden outputs of elu", function () {
    assertGolden(this, "elu");
  });

  testGoldenTables("ELU");

  it("is x where x ≥ 0, else e^x − 1", () => {
    const entry = unary("ELU", [0.5, 0], [0.25, 10], { shape: [4] });
    // −1, e^−1 − 1 = −0.63, 0 and 1.5.
    assert.deepEqual(reference(entry, Int8Array.of(-128, -2, 0, 3)), [Int8Array.of(6, 7, 10, 16)]);
  });

  it("gives the reference's bytes for all values", async () => {
    await assertUnaryModules([unary("ELU", [0.02, -3], [0.02, -100]), unary("ELU", [3, 3], [0.01, 9])]);
  });

  it("has a float32 form", async () => {
    // e^x − 1 of a tiny number is that number.
    const values = [2.5, 0, -(2 ** -40), -Infinity, -1];
    const results = [2.5, 0, -(2 ** -40), -1, Math.fround(Math.expm1(-1))];
    assert.deepEqual(floatResults("ELU", values), results);
    await assertFloatModules("ELU", "exponential_f32");
  });

  it("refuses other types and shapes", () => {
    assertUnaryRefusals(unary("ELU", [0.05, 3], [0.05, 3]));
  });
});
