import { strict as assert } from "node:assert";
import { binary, constant, randomBinaries } from "./binary_operators.ts";
import { assertGolden, assertModulesMatch, assertRefused, reference, tensor } from "./file_operator.ts";
import { assertOverlapsHold } from "./overlaps.ts";
import { extremeValues } from "./random_values.ts";
import { checkCases } from "./variant_harness.ts";

const cases = randomBinaries("MUL", { count: 24, seed: 13 });

describe("mul", () => {
  for (const name of ["mul", "mul_bc_c", "mul_bc_hw", "mul_const_vec", "mul_relu"])
    it(`gives the golden outputs of ${name}`, function () {
      assertGolden(this, name);
    });

  it("multiplies reals; the high multiply rounds halves up", () => {
    // Reals 0.5, −1.5 times 3, 3 are 1.5 and −4.5, in steps of 1 from 10.
    const operands = [tensor([2], 0.5, 1), constant([5], 1, 2)] as const;
    const product = binary("MUL", operands, tensor([2], 1, 10));
    assert.deepEqual(reference(product, Int8Array.of(2, -2)), [Int8Array.of(12, 6)]);
    const relu6 = binary("MUL", operands, tensor([2], 1, 10), 3);
    assert.deepEqual(reference(relu6, Int8Array.of(127, -2)), [Int8Array.of(16, 10)]);
  });

  it("gives the reference's bytes for random shapes", async () => {
    const kernels = await assertModulesMatch(cases);
    assert.deepEqual([...kernels].sort(), ["binary_s8", "lookup_table_s8"]);
    await assertModulesMatch(cases, { inputs: "extremes" });
    await assertOverlapsHold(cases);
  });

  it("gives the reference's bytes with every kernel that fits", async () => {
    const kernels = new Set(["binary_s8", "lookup_table_s8"]);
    assert.deepEqual(await checkCases(cases), kernels);
    assert.deepEqual(await checkCases(cases, { contents: extremeValues }), kernels);
  });

  it("refuses other types and shapes", () => {
    const int8 = tensor([2, 3]);
    assertRefused(binary("MUL", [int8, tensor([4])], int8), /broadcast, found 2×3 and 4/);
    assertRefused(binary("MUL", [tensor([3], 1, 0, "int32"), int8], int8), /found int32, int8 and int8/);
    assertRefused(binary("MUL", [int8, int8], int8, 4), /fused activation 4/);
  });
});
