import { strict as assert } from "node:assert";
import { assertGolden, assertRefused } from "./file_operator.ts";
import { assertFloatModules, floatResults, unary } from "./unary_operators.ts";

describe("round", () => {
  it("gives the golden outputs of round", function () {
    assertGolden(this, "round");
  });

  it("is the nearest whole number, halves to even ones", () => {
    const values = [-2.5, -1.5, -0.5, -0.3, -0, 0.5, 1.5, 2.6, 8388607.5, Infinity];
    assert.deepEqual(floatResults("ROUND", values), [-2, -2, 0, 0, -0, 0, 2, 3, 8388608, Infinity]);
  });

  it("gives the reference's bits", async () => {
    await assertFloatModules("ROUND", "unary_f32");
  });

  it("refuses other types and shapes", () => {
    assertRefused(unary("ROUND", [0.5, 0], [0.5, 0]), /expects float32 tensors, found int8 and int8/);
    const entry = unary("ROUND", [1, 0], [1, 0], { dtype: "float32" });
    assertRefused({ ...entry, outputs: [] }, /1 input and 1 output, found 1 and 0/);
    const [shorter] = unary("ROUND", [1, 0], [1, 0], { shape: [3], dtype: "float32" }).outputs;
    assertRefused({ ...entry, outputs: shorter ? [shorter] : [] }, /expects an output of 256, found 3/);
  });
});
