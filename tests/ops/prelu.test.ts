import { strict as assert } from "node:assert";
import { binary, constant, randomBinaries } from "./binary_operators.ts";
import { assertGolden, assertModulesMatch, assertRefused, reference, tensor } from "./file_operator.ts";
import { assertOverlapsHold } from "./overlaps.ts";
import { extremeValues } from "./random_values.ts";
import { checkCases } from "./variant_harness.ts";

// An alpha that is larger than the input makes no sense, but is no more work.
const cases = randomBinaries("PRELU", { count: 24, seed: 14, constants: true });

describe("prelu", () => {
  for (const name of ["prelu", "prelu_full", "conv_prelu"])
    it(`gives the golden outputs of ${name}`, function () {
      assertGolden(this, name);
    });

  it("multiplies only what is negative, by the alpha of its channel", () => {
    // Alphas 0.5 and −1; reals 2, 2, −4, −4 in steps of 1 from 10.
    const slopes = binary(
      "PRELU",
      [tensor([2, 2], 0.5, 1), constant([2, -4], 0.25, 0)],
      tensor([2, 2], 1, 10),
    );
    assert.deepEqual(reference(slopes, Int8Array.of(5, 5, -7, -7)), [Int8Array.of(12, 12, 8, 14)]);
  });

  it("gives the reference's bytes for random shapes", async () => {
    const kernels = await assertModulesMatch(cases);
    assert.deepEqual([...kernels].sort(), ["binary_quantized", "lookup_table_s8"]);
    await assertModulesMatch(cases, { inputs: "extremes" });
    await assertOverlapsHold(cases);
  });

  it("gives the reference's bytes with every kernel that fits", async () => {
    const kernels = new Set(["binary_quantized", "lookup_table_s8"]);
    assert.deepEqual(await checkCases(cases), kernels);
    assert.deepEqual(await checkCases(cases, { contents: extremeValues }), kernels);
  });

  it("refuses a computed alpha, other types and shapes", () => {
    const int8 = tensor([2, 3]);
    assertRefused(binary("PRELU", [int8, tensor([3])], int8), /constant alpha/);
    assertRefused(binary("PRELU", [int8, constant([1, 2])], int8), /broadcast, found 2×3 and 2/);
    const wide = tensor([2, 3], 1, 0, "int16");
    assertRefused(binary("PRELU", [wide, constant([1])], int8), /found int16, int8 and int8/);
  });
});
