import { strict as assert } from "node:assert";
import { assertRefused, reference } from "./file_operator.ts";
import {
  assertFloatModules,
  assertSymmetricRefusals,
  assertUnaryModules,
  assertUnaryRefusals,
  floatResults,
  testGoldenTables,
  unary,
} from "./unary_operators.ts";

describe("neg", () => {
  testGoldenTables("NEG");

  it("changes the sign of what is stored, and wraps", () => {
    const entry = unary("NEG", [0.5, 0], [0.5, 0], { shape: [4] });
    assert.deepEqual(reference(entry, Int8Array.of(-128, -1, 0, 127)), [Int8Array.of(-128, 1, 0, -127)]);
    const wide = unary("NEG", [0.5, 0], [0.5, 0], { shape: [3], dtype: "int16" });
    assert.deepEqual(reference(wide, Int16Array.of(-32768, 5, 32767)), [Int16Array.of(-32768, -5, -32767)]);
  });

  it("gives the reference's bytes", async () => {
    await assertUnaryModules([unary("NEG", [0.5, 0], [0.5, 0])]);
    await assertUnaryModules(
      [unary("NEG", [0.5, 0], [0.5, 0], { shape: [2, 3, 33], dtype: "int16" })],
      "slopes_s16",
    );
  });

  it("has a float32 form", async () => {
    const values = [-2.5, 0, 3, Infinity, Number.NaN];
    assert.deepEqual(floatResults("NEG", values), [2.5, -0, -3, -Infinity, Number.NaN]);
    await assertFloatModules("NEG", "unary_f32");
  });

  it("refuses other types and shapes, and a change of scale or a zero point", () => {
    assertUnaryRefusals(unary("NEG", [0.05, 0], [0.05, 0]));
    for (const dtype of ["int8", "int16"] as const)
      assertRefused(unary("NEG", [0.5, 0], [1, 0], { dtype }), /one scale and zero points of 0/);
    assertRefused(unary("NEG", [0.5, 3], [0.5, 3]), /found scale 0.5, zero point 3/);
    assertSymmetricRefusals(unary("NEG", [0.5, 0], [0.5, 0], { dtype: "int16" }));
  });
});
