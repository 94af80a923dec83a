import { strict as assert } from "node:assert";
import { assertGolden, reference } from "./file_operator.ts";
import {
  assertSymmetricRefusals,
  assertUnaryModules,
  assertUnaryRefusals,
  testGoldenTables,
  unary,
} from "./unary_operators.ts";

describe("gelu", () => {
  for (const name of ["gelu", "gelu_tanh", "i16_gelu"])
    it(`gives the golden outputs of ${name}`, function () {
      assertGolden(this, name);
    });

  testGoldenTables("GELU");

  it("is x Φ(x), nearly so by tanh", () => {
    const entry = unary("GELU", [0.5, 0], [1 / 1024, 0], { shape: [5] });
    const values = Int8Array.of(-128, -8, -4, 0, 127);
    // −4 Φ(−4) = −0.00013 and −2 Φ(−2) = −0.0455, by tanh −0.00007 and −0.0454, times 1024.
    assert.deepEqual(reference(entry, values), [Int8Array.of(0, 0, -47, 0, 127)]);
    assert.deepEqual(reference({ ...entry, options: { approximate: 1 } }, values), [
      Int8Array.of(0, 0, -46, 0, 127),
    ]);
  });

  it("gives the reference's bytes", async () => {
    const options = { approximate: 1 };
    await assertUnaryModules([
      unary("GELU", [0.05, -3], [0.03, -100]),
      unary("GELU", [0.05, -3], [0.03, -100], { options }),
    ]);
    const wide = { shape: [2, 3, 33], dtype: "int16" } as const;
    await assertUnaryModules(
      [
        unary("GELU", [0.0002, 0], [0.0002, 0], wide),
        unary("GELU", [0.0002, 0], [0.0002, 0], { ...wide, options }),
      ],
      "interpolated_table_s16",
    );
  });

  it("refuses other types, shapes and zero points", () => {
    assertUnaryRefusals(unary("GELU", [0.05, 3], [0.05, 3]));
    assertSymmetricRefusals(unary("GELU", [0.5, 0], [0.5, 0], { dtype: "int16" }));
  });
});
