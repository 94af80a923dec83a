import { strict as assert } from "node:assert";
import { assertGolden, reference } from "./file_operator.ts";
import { assertUnaryModules, assertUnaryRefusals, testGoldenTables, unary } from "./unary_operators.ts";

describe("sqrt", () => {
  for (const name of ["sqrt"])
    it(`gives the golden outputs of ${name}`, function () {
      assertGolden(this, name);
    });

  testGoldenTables("SQRT");

  it("is √x rounded down, and 0 where x < 0", () => {
    const entry = unary("SQRT", [0.5, -10], [0.25, 1], { shape: [4] });
    // √0.5 = 0.71 and √2 = 1.41 are 2.8 and 5.7 steps.
    assert.deepEqual(reference(entry, Int8Array.of(-128, -10, -9, -6)), [Int8Array.of(1, 1, 3, 6)]);
  });

  it("gives the reference's bytes for all values", async () => {
    await assertUnaryModules([
      unary("SQRT", [0.02, -128], [0.01, -128]),
      unary("SQRT", [3, 3], [0.01, 9], { shape: [2, 3, 33] }),
    ]);
  });

  it("refuses other types and shapes", () => {
    assertUnaryRefusals(unary("SQRT", [0.05, 3], [0.05, 3]));
  });
});
