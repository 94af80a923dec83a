import { strict as assert } from "node:assert";
import { TARGETS } from "../../codegen/plan/target.ts";
import { binary, constant, randomBinaries } from "./binary_operators.ts";
import { assertGolden, assertModulesMatch, assertRefused, reference, tensor } from "./file_operator.ts";
import { assertOverlapsHold } from "./overlaps.ts";
import { extremeValues, finiteValues, randomValues } from "./random_values.ts";
import { checkCases } from "./variant_harness.ts";

const cases = randomBinaries("SUB", { count: 24, seed: 12 });

describe("sub", () => {
  for (const name of ["sub", "sub_bc_c", "sub_const_lhs", "sub_scales_bc_w", "i16_sub"])
    it(`gives the golden outputs of ${name}`, function () {
      assertGolden(this, name);
    });

  it("subtracts the second operand from the first", () => {
    // Reals 0, 1 minus 1, −0.5, in steps of 0.5 from 4.
    const inputs = [Int8Array.of(1, 3), Int8Array.of(2, -4)];
    const operands = [tensor([2], 0.5, 1), tensor([2], 0.25, -2)] as const;
    assert.deepEqual(reference(binary("SUB", operands, tensor([2], 0.5, 4)), ...inputs), [
      Int8Array.of(2, 7),
    ]);
    const left = binary("SUB", [constant([1], 0.5, 1), operands[1]], tensor([2], 0.5, 4));
    assert.deepEqual(reference(left, Int8Array.of(2, -4)), [Int8Array.of(2, 5)]);
  });

  it("gives TFLite Micro's values where factors rounded to float32 would give others", () => {
    const goldens = [
      { scales: [0.10084765404462814, 0.009905215352773666, 0.13622905313968658], a: 104, b: 103, want: 69 },
      { scales: [0.0014087794115766883, 0.6519548892974854, 0.5908808708190918], a: 98, b: -109, want: 120 },
    ];
    for (const { scales, a, b, want } of goldens) {
      const [x, y, z] = scales.map((scale) => tensor([2], scale, 0));
      assert.ok(x && y && z);
      assert.deepEqual(reference(binary("SUB", [x, y], z), Int8Array.of(a, -a), Int8Array.of(b, -b)), [
        Int8Array.of(want, -want),
      ]);
    }
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
    const rows = randomBinaries("SUB", { count: 16, seed: 14, row: 33 });
    for (const contents of [randomValues, extremeValues])
      assert.ok((await checkCases(rows, { contents })).has("binary_quantized_simd128"));
  });

  it("gives the reference's bytes on int16, int32 and float32; int32 wraps", async () => {
    const of = (dtype: "int16" | "int32" | "float32", fused: boolean) =>
      randomBinaries("SUB", { count: 10, seed: 33, dtype, fused });
    const kernels = new Set(["binary_quantized", "binary_quantized_simd128"]);
    for (const contents of [randomValues, extremeValues])
      assert.deepEqual(await checkCases(of("int16", true), { contents }), kernels);
    assert.deepEqual(await checkCases(of("int32", false)), new Set(["binary_plain"]));
    const floats = await checkCases(of("float32", true), { contents: finiteValues });
    assert.deepEqual(floats, new Set(["binary_f32"]));
    const whole = tensor([2], 1, 0, "int32");
    const wrapped = reference(
      binary("SUB", [whole, whole], whole),
      Int32Array.of(3, -(2 ** 31)),
      Int32Array.of(4, 1),
    );
    assert.deepEqual(wrapped, [Int32Array.of(-1, 2 ** 31 - 1)]);
  });

  it("refuses other types and shapes", () => {
    const int8 = tensor([2, 3]);
    const whole = tensor([2], 1, 0, "int32");
    assertRefused(binary("SUB", [whole, whole], whole, 1), /no fused activation on int32, found relu/);
    assertRefused(binary("SUB", [int8, tensor([2])], int8), /broadcast, found 2×3 and 2/);
    assertRefused(binary("SUB", [int8, int8], tensor([6], 1, 0, "int16")), /found int8, int8 and int16/);
    assertRefused(binary("SUB", [int8, int8], int8, 5), /fused activation 5/);
  });
});
