import { strict as assert } from "node:assert";
import { reference } from "./file_operator.ts";
import {
  assertFloatModules,
  assertUnaryModules,
  assertUnaryRefusals,
  floatResults,
  testGoldenTables,
  unary,
} from "./unary_operators.ts";

describe("relu_0_to_1", () => {
  testGoldenTables("RELU_0_TO_1");

  it("keeps values within [0, 1]", () => {
    const entry = unary("RELU_0_TO_1", [0.5, -1], [0.125, 10], { shape: [4] });
    const values = Int8Array.of(-128, -2, 0, 127);
    assert.deepEqual(reference(entry, values), [Int8Array.of(10, 10, 14, 18)]);
  });

  it("gives the reference's bytes for all values", async () => {
    await assertUnaryModules([
      unary("RELU_0_TO_1", [0.02, -3], [0.008, 0]),
      unary("RELU_0_TO_1", [0.01, 3], [0.01, 99], { shape: [2, 3, 33] }),
    ]);
  });

  it("has a float32 form", async () => {
    const values = [-2.5, 0.5, 7];
    assert.deepEqual(floatResults("RELU_0_TO_1", values), [0, 0.5, 1]);
    await assertFloatModules("RELU_0_TO_1", "unary_f32");
  });

  it("refuses other types and shapes", () => {
    assertUnaryRefusals(unary("RELU_0_TO_1", [0.05, 3], [0.05, 3]));
  });
});
