import { strict as assert } from "node:assert";
import { assertGolden, assertRefused } from "./file_operator.ts";
import { assertFloatModules, floatResults, unary } from "./unary_operators.ts";

describe("square", () => {
  it("gives the golden outputs of square", function () {
    assertGolden(this, "square");
  });

  it("is x²", () => {
    const values = [-2.5, 1e30, -0, -Infinity];
    assert.deepEqual(floatResults("SQUARE", values), [6.25, Infinity, 0, Infinity]);
  });

  it("gives the reference's bits", async () => {
    await assertFloatModules("SQUARE", "unary_f32");
  });

  it("refuses other types and shapes", () => {
    assertRefused(unary("SQUARE", [0.5, 0], [0.5, 0]), /expects float32 tensors, found int8 and int8/);
    const entry = unary("SQUARE", [1, 0], [1, 0], { dtype: "float32" });
    assertRefused({ ...entry, outputs: [] }, /1 input and 1 output, found 1 and 0/);
    const [shorter] = unary("SQUARE", [1, 0], [1, 0], { shape: [3], dtype: "float32" }).outputs;
    assertRefused({ ...entry, outputs: shorter ? [shorter] : [] }, /expects an output of 256, found 3/);
  });
});
