import { strict as assert } from "node:assert";
import { assertGolden, assertRefused } from "./file_operator.ts";
import { assertFloatModules, floatResults, unary } from "./unary_operators.ts";

describe("floor", () => {
  it("gives the golden outputs of floor", function () {
    assertGolden(this, "floor");
  });

  it("is the next whole number below", () => {
    const values = [-1.5, -0.3, 0.3, 2, -Infinity];
    assert.deepEqual(floatResults("FLOOR", values), [-2, -1, 0, 2, -Infinity]);
  });

  it("gives the reference's bits", async () => {
    await assertFloatModules("FLOOR", "unary_f32");
  });

  it("refuses other types and shapes", () => {
    assertRefused(unary("FLOOR", [0.5, 0], [0.5, 0]), /expects float32 tensors, found int8 and int8/);
    const entry = unary("FLOOR", [1, 0], [1, 0], { dtype: "float32" });
    assertRefused({ ...entry, outputs: [] }, /1 input and 1 output, found 1 and 0/);
    const [shorter] = unary("FLOOR", [1, 0], [1, 0], { shape: [3], dtype: "float32" }).outputs;
    assertRefused({ ...entry, outputs: shorter ? [shorter] : [] }, /expects an output of 256, found 3/);
  });
});
