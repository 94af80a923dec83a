import { strict as assert } from "node:assert";
import { TARGETS } from "../../codegen/plan/target.ts";
import { binary, constant, randomBinaries } from "./binary_operators.ts";
import { assertGolden, assertModulesMatch, assertRefused, reference, tensor } from "./file_operator.ts";
import { assertOverlapsHold } from "./overlaps.ts";
import { extremeValues, finiteValues, randomValues } from "./random_values.ts";
import { checkCases } from "./variant_harness.ts";

const cases = randomBinaries("ADD", { count: 24, seed: 11 });

describe("add", () => {
  for (const name of [
    "add",
    "add_2d",
    "add_bc_c",
    "add_bc_hw",
    "add_bc_one",
    "add_const_scalar",
    "add_const_vec",
    "add_relu",
    "add_relu6",
    "add_scales",
    "add_self",
    "i16_add",
  ])
    it(`gives the golden outputs of ${name}`, function () {
      assertGolden(this, name);
    });

  it("adds reals, whatever the scales, and broadcasts", () => {
    const a = tensor([2, 2], 0.5, 1);
    const b = tensor([2], 0.25, -2);
    // Reals 0, 1, 2, −3 plus 1, −0.5, in steps of 0.5 from 4.
    const sum = binary("ADD", [a, b], tensor([2, 2], 0.5, 4));
    const inputs = [Int8Array.of(1, 3, 5, -5), Int8Array.of(2, -4)];
    assert.deepEqual(reference(sum, ...inputs), [Int8Array.of(6, 5, 10, -3)]);
    const relu = binary("ADD", [a, b], tensor([2, 2], 0.5, 4), 1);
    assert.deepEqual(reference(relu, ...inputs), [Int8Array.of(6, 5, 10, 4)]);
    const withConstant = binary("ADD", [a, constant([2, -4], 0.25, -2)], tensor([2, 2], 0.5, 4));
    assert.deepEqual(reference(withConstant, Int8Array.of(1, 3, 5, -5)), [Int8Array.of(6, 5, 10, -3)]);
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
    const rows = randomBinaries("ADD", { count: 16, seed: 12, row: 33 });
    for (const contents of [randomValues, extremeValues])
      assert.ok((await checkCases(rows, { contents })).has("binary_quantized_simd128"));
  });

  it("gives the reference's bytes on int16, int32 and float32; int32 wraps", async () => {
    const of = (dtype: "int16" | "int32" | "float32", fused: boolean) =>
      randomBinaries("ADD", { count: 10, seed: 31, dtype, fused });
    const kernels = new Set(["binary_quantized", "binary_quantized_simd128"]);
    for (const contents of [randomValues, extremeValues])
      assert.deepEqual(await checkCases(of("int16", true), { contents }), kernels);
    assert.deepEqual(await checkCases(of("int32", false)), new Set(["binary_plain"]));
    const floats = await checkCases(of("float32", true), { contents: finiteValues });
    assert.deepEqual(floats, new Set(["binary_f32"]));
    const whole = tensor([2], 1, 0, "int32");
    const wrapped = reference(
      binary("ADD", [whole, whole], whole),
      Int32Array.of(3, 2 ** 31 - 1),
      Int32Array.of(4, 1),
    );
    assert.deepEqual(wrapped, [Int32Array.of(7, -(2 ** 31))]);
  });

  it("refuses other types and shapes", () => {
    const int8 = tensor([2, 3]);
    const whole = tensor([2], 1, 0, "int32");
    assertRefused(binary("ADD", [whole, whole], whole, 1), /no fused activation on int32, found relu/);
    assertRefused(binary("ADD", [int8, tensor([2])], int8), /broadcast, found 2×3 and 2/);
    assertRefused(binary("ADD", [int8, tensor([3])], tensor([2])), /output of 2×3, found 2/);
    assertRefused(binary("ADD", [int8, tensor([3], 1, 0, "int16")], int8), /found int8, int16 and int8/);
    assertRefused(binary("ADD", [int8, int8], int8, 4), /fused activation 4/);
    const { quantization: _, ...plain } = int8;
    assertRefused(binary("ADD", [int8, plain], int8), /has no quantization/);
    assertRefused(
      { spelling: "ADD", inputs: [int8], outputs: [int8] },
      /2 inputs and 1 output, found 1 and 1/,
    );
  });
});
