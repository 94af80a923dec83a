import { strict as assert } from "node:assert";
import { TARGETS } from "../../codegen/plan/target.ts";
import { binary, constant, randomBinaries } from "./binary_operators.ts";
import { assertGolden, assertModulesMatch, assertRefused, reference, tensor } from "./file_operator.ts";
import { assertOverlapsHold } from "./overlaps.ts";
import { extremeValues, finiteValues, randomValues } from "./random_values.ts";
import { checkCases } from "./variant_harness.ts";

const cases = randomBinaries("MUL", { count: 24, seed: 13 });

describe("mul", () => {
  for (const name of ["mul", "mul_bc_c", "mul_bc_hw", "mul_const_vec", "mul_relu", "i16_mul_bc", "i16_relu6"])
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
    assert.deepEqual([...kernels].sort(), ["binary_quantized", "lookup_table_s8"]);
    await assertModulesMatch(cases, { inputs: "extremes" });
    await assertModulesMatch(cases, { target: TARGETS.wasm3 });
    await assertOverlapsHold(cases);
  });

  it("gives the reference's bytes with every kernel that fits", async () => {
    const kernels = new Set(["", "_simd128", "_wide"].map((suffix) => `binary_quantized${suffix}`)).add(
      "lookup_table_s8",
    );
    assert.deepEqual(await checkCases(cases), kernels);
    assert.deepEqual(await checkCases(cases, { contents: extremeValues }), kernels);
    // Rows of any rest beyond whole vectors.
    const rows = randomBinaries("MUL", { count: 16, seed: 13, row: 33 });
    for (const contents of [randomValues, extremeValues])
      assert.ok((await checkCases(rows, { contents })).has("binary_quantized_simd128"));
  });

  it("gives the reference's bytes on int16, int32 and float32; int32 wraps", async () => {
    const of = (dtype: "int16" | "int32" | "float32", fused: boolean) =>
      randomBinaries("MUL", { count: 10, seed: 35, dtype, fused });
    for (const contents of [randomValues, extremeValues])
      assert.deepEqual(await checkCases(of("int16", true), { contents }), new Set(["binary_quantized"]));
    assert.deepEqual(await checkCases(of("int32", false)), new Set(["binary_plain"]));
    const floats = await checkCases(of("float32", true), { contents: finiteValues });
    assert.deepEqual(floats, new Set(["binary_f32"]));
    const whole = tensor([2], 1, 0, "int32");
    const wrapped = reference(
      binary("MUL", [whole, whole], whole),
      Int32Array.of(3, 2 ** 30 + 1),
      Int32Array.of(4, 5),
    );
    assert.deepEqual(wrapped, [Int32Array.of(12, 2 ** 30 + 5)]);
  });

  it("refuses other types and shapes", () => {
    const int8 = tensor([2, 3]);
    const whole = tensor([2], 1, 0, "int32");
    assertRefused(binary("MUL", [whole, whole], whole, 1), /no fused activation on int32, found relu/);
    const shifted = tensor([2], 1, 1, "int16");
    assertRefused(binary("MUL", [shifted, shifted], shifted), /zero points of 0, found 1, 1, 1/);
    assertRefused(binary("MUL", [int8, tensor([4])], int8), /broadcast, found 2×3 and 4/);
    assertRefused(binary("MUL", [tensor([3], 1, 0, "int32"), int8], int8), /found int32, int8 and int8/);
    assertRefused(binary("MUL", [int8, int8], int8, 4), /fused activation 4/);
  });
});
