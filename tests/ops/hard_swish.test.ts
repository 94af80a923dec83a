import { strict as assert } from "node:assert";
import { assertGolden, assertRefused, reference } from "./file_operator.ts";
import {
  assertFloatModules,
  assertUnaryModules,
  assertUnaryRefusals,
  floatResults,
  testGoldenTables,
  unary,
} from "./unary_operators.ts";

describe("hard_swish", () => {
  for (const name of ["hard_swish"])
    it(`gives the golden outputs of ${name}`, function () {
      assertGolden(this, name);
    });

  testGoldenTables("HARD_SWISH");

  it("is 0 from −3 down and x from 3 up", () => {
    const entry = unary("HARD_SWISH", [0.5, 0], [0.5, 0], { shape: [5] });
    // −1.5 · 1.5 / 6 = −0.375, 1 · 4 / 6 = 0.67.
    const values = Int8Array.of(-128, -3, 2, 6, 127);
    assert.deepEqual(reference(entry, values), [Int8Array.of(0, -1, 1, 6, 127)]);
  });

  it("gives the reference's bytes for all values", async () => {
    await assertUnaryModules([
      unary("HARD_SWISH", [0.02, -3], [0.02, -100]),
      unary("HARD_SWISH", [3, 3], [0.1, 9], { shape: [2, 3, 33] }),
    ]);
  });

  it("has a float32 form", async () => {
    const values = [-4, -1.5, 0, 3, 7, Number.NaN];
    assert.deepEqual(floatResults("HARD_SWISH", values), [-0, -0.375, 0, 3, 7, Number.NaN]);
    await assertFloatModules("HARD_SWISH", "unary_f32");
  });

  it("refuses other types and shapes, and a much finer output", () => {
    assertUnaryRefusals(unary("HARD_SWISH", [0.05, 3], [0.05, 3]));
    assertRefused(
      unary("HARD_SWISH", [1, 0], [2 ** -8, 0]),
      /at most 128 output scales, found 1 and 0.00390625/,
    );
  });
});
