import { strict as assert } from "node:assert";
import { assertGolden, assertRefused } from "./file_operator.ts";
import { assertFloatModules, floatResults, unary } from "./unary_operators.ts";

describe("cos", () => {
  it("gives the golden outputs of cos", function () {
    assertGolden(this, "cos");
  });

  it("is cos x", () => {
    const values = [0, -0, Math.PI, -Infinity, Number.NaN];
    assert.deepEqual(floatResults("COS", values), [1, 1, -1, Number.NaN, Number.NaN]);
  });

  it("gives the reference's bits", async () => {
    await assertFloatModules("COS", "sine_f32");
  });

  it("refuses other types and shapes", () => {
    assertRefused(unary("COS", [0.5, 0], [0.5, 0]), /expects float32 tensors, found int8 and int8/);
    const entry = unary("COS", [1, 0], [1, 0], { dtype: "float32" });
    assertRefused({ ...entry, outputs: [] }, /1 input and 1 output, found 1 and 0/);
    const [shorter] = unary("COS", [1, 0], [1, 0], { shape: [3], dtype: "float32" }).outputs;
    assertRefused({ ...entry, outputs: shorter ? [shorter] : [] }, /expects an output of 256, found 3/);
  });
});
