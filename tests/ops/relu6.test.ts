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

describe("relu6", () => {
  it("gives the golden outputs of relu6", function () {
    assertGolden(this, "relu6");
  });

  testGoldenTables("RELU6");

  it("keeps values between 0 and 6", () => {
    const entry = unary("RELU6", [0.5, -1], [0.5, -1], { shape: [4] });
    assert.deepEqual(reference(entry, Int8Array.of(-128, 3, 11, 127)), [Int8Array.of(-1, 3, 11, 11)]);
  });

  it("gives the reference's bytes for all values", async () => {
    await assertUnaryModules([
      unary("RELU6", [0.05, -3], [0.05, -3]),
      unary("RELU6", [0.01, 100], [0.01, 100]),
      unary("RELU6", [7, 0], [7, 0], { shape: [5, 1, 3] }),
    ]);
    await assertUnaryModules(
      [unary("RELU6", [0.0005, 0], [0.0005, 0], { shape: [2, 3, 33], dtype: "int16" })],
      "slopes_s16",
    );
  });

  it("has a float32 form", async () => {
    const values = [-2.5, 5.5, 7, Infinity, Number.NaN];
    assert.deepEqual(floatResults("RELU6", values), [0, 5.5, 6, 6, Number.NaN]);
    await assertFloatModules("RELU6", "unary_f32");
  });

  it("refuses another scale, other types and shapes", () => {
    assertUnaryRefusals(unary("RELU6", [0.05, 3], [0.05, 3]));
    assertSymmetricRefusals(unary("RELU6", [0.5, 0], [0.5, 0], { dtype: "int16" }));
    assertRefused(
      unary("RELU6", [0.05, 3], [0.05, 4]),
      /same scale and zero point .* found 0.05, 3 and 0.05, 4/,
    );
    assertRefused(unary("RELU6", [0.05, 3], [0.06, 3]), /same scale and zero point/);
  });
});
