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

describe("relu_n1_to_1", () => {
  for (const name of ["relu_n1_to_1"])
    it(`gives the golden outputs of ${name}`, function () {
      assertGolden(this, name);
    });

  testGoldenTables("RELU_N1_TO_1");

  it("keeps values within [-1, 1]", () => {
    const entry = unary("RELU_N1_TO_1", [0.5, -1], [0.125, 10], { shape: [4] });
    const values = Int8Array.of(-128, -2, 0, 127);
    assert.deepEqual(reference(entry, values), [Int8Array.of(2, 6, 14, 18)]);
  });

  it("gives the reference's bytes for all values", async () => {
    await assertUnaryModules([
      unary("RELU_N1_TO_1", [0.02, -3], [0.008, 0]),
      unary("RELU_N1_TO_1", [0.01, 3], [0.01, 99], { shape: [2, 3, 33] }),
    ]);
  });

  it("has a float32 form", async () => {
    const values = [-2.5, 0.5, 7, -Infinity];
    assert.deepEqual(floatResults("RELU_N1_TO_1", values), [-1, 0.5, 1, -1]);
    await assertFloatModules("RELU_N1_TO_1", "unary_f32");
  });

  it("refuses other types and shapes", () => {
    assertUnaryRefusals(unary("RELU_N1_TO_1", [0.05, 3], [0.05, 3]));
  });
});
