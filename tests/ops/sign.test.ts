import { strict as assert } from "node:assert";
import { assertRefused } from "./file_operator.ts";
import { assertFloatModules, floatResults, unary } from "./unary_operators.ts";

describe("sign", () => {
  it("is −1, 0 or 1", () => {
    const values = [-2.5, -0, 0, 1e-40, Infinity, Number.NaN];
    assert.deepEqual(floatResults("SIGN", values), [-1, 0, 0, 1, 1, Number.NaN]);
  });

  it("gives the reference's bits", async () => {
    await assertFloatModules("SIGN", "unary_f32");
  });

  it("refuses other types and shapes", () => {
    assertRefused(unary("SIGN", [0.5, 0], [0.5, 0]), /expects float32 tensors, found int8 and int8/);
    const entry = unary("SIGN", [1, 0], [1, 0], { dtype: "float32" });
    assertRefused({ ...entry, outputs: [] }, /1 input and 1 output, found 1 and 0/);
    const [shorter] = unary("SIGN", [1, 0], [1, 0], { shape: [3], dtype: "float32" }).outputs;
    assertRefused({ ...entry, outputs: shorter ? [shorter] : [] }, /expects an output of 256, found 3/);
  });
});
