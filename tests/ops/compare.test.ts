import { strict as assert } from "node:assert";
import { binary, constant, randomBinaries } from "./binary_operators.ts";
import { assertGolden, assertModulesMatch, assertRefused, reference, tensor } from "./file_operator.ts";
import { assertOverlapsHold } from "./overlaps.ts";
import { finiteValues } from "./random_values.ts";
import { checkCases } from "./variant_harness.ts";

const RELATIONS = ["LESS", "LESS_EQUAL", "GREATER", "GREATER_EQUAL", "EQUAL", "NOT_EQUAL"];
const truth = (count: number) => tensor([count], 1, 0, "bool");

const cases = (
  dtype: "int8" | "int16" | "int32" | "float32" | "bool",
  count: number,
  relations: readonly string[] = RELATIONS,
) =>
  relations.flatMap((relation, seed) =>
    randomBinaries(relation, { count, seed, dtype, outputType: "bool", fused: false }),
  );

describe("compare", () => {
  for (const name of ["compare_less", "select_greater"])
    it(`gives the golden outputs of ${name}`, function () {
      assertGolden(this, name);
    });

  it("compares reals, whatever the scales", () => {
    // Reals 1, 1, 1 and 0.5, 1, 1.5.
    const operands = [tensor([3], 0.5, 1), tensor([3], 0.25, -2)] as const;
    const values = [Int8Array.of(3, 3, 3), Int8Array.of(0, 2, 4)];
    const results = RELATIONS.map(
      (relation) => reference(binary(relation, operands, truth(3)), ...values)[0],
    );
    assert.deepEqual(results, [
      Uint8Array.of(0, 0, 1),
      Uint8Array.of(0, 1, 1),
      Uint8Array.of(1, 0, 0),
      Uint8Array.of(1, 1, 0),
      Uint8Array.of(0, 1, 0),
      Uint8Array.of(1, 0, 1),
    ]);
  });

  it("can't tell apart what a small scale rounds to one value", () => {
    const tiny = tensor([3], 1 / 1024, 0);
    const values = [Int8Array.of(0, 1, 3), Int8Array.of(0, 0, 0)];
    // 256 / 1024 rounds to 0, 768 / 1024 to 1.
    assert.deepEqual(reference(binary("GREATER", [tiny, tiny], truth(3)), ...values), [
      Uint8Array.of(0, 0, 1),
    ]);
  });

  it("compares numbers and truth values as they are stored; NaN is not equal to itself", () => {
    const floats = tensor([3], 1, 0, "float32");
    const reals = [Float32Array.of(0, Number.NaN, 2), Float32Array.of(-0, Number.NaN, 3)];
    assert.deepEqual(reference(binary("EQUAL", [floats, floats], truth(3)), ...reals), [
      Uint8Array.of(1, 0, 0),
    ]);
    assert.deepEqual(
      reference(
        binary("NOT_EQUAL", [truth(2), truth(2)], truth(2)),
        Uint8Array.of(0, 1),
        Uint8Array.of(1, 1),
      ),
      [Uint8Array.of(1, 0)],
    );
    const wide = [tensor([1], 0.1, 0, "int16"), tensor([1], 0.001, 0, "int16")] as const;
    assert.deepEqual(reference(binary("LESS", wide, truth(1)), Int16Array.of(5), Int16Array.of(6)), [
      Uint8Array.of(1),
    ]);
    const longs = tensor([1], 1, 0, "int64");
    const large = [BigInt64Array.of(2n ** 60n), BigInt64Array.of(2n ** 60n + 1n)];
    assert.deepEqual(reference(binary("LESS", [longs, longs], truth(1)), ...large), [Uint8Array.of(1)]);
  });

  it("gives the reference's bytes for random shapes, with every kernel that fits", async () => {
    const int8 = cases("int8", 6);
    const kernels = ["binary_plain", "compare_s8", "lookup_table_s8"];
    assert.deepEqual([...(await assertModulesMatch(int8))].sort(), kernels);
    await assertOverlapsHold(int8);
    assert.deepEqual(await checkCases(int8), new Set(["binary_plain", "compare_s8", "lookup_table_s8"]));
    const integers = [
      ...cases("int16", 2),
      ...cases("int32", 2),
      ...cases("bool", 2, ["EQUAL", "NOT_EQUAL"]),
    ];
    assert.deepEqual(await checkCases(integers), new Set(["binary_plain"]));
    const floats = await checkCases(cases("float32", 3), { contents: finiteValues });
    assert.deepEqual(floats, new Set(["binary_f32"]));
  });

  it("compares all pairs of int8 as stored only where the scaled values have the same order", async () => {
    const all = Int8Array.from({ length: 256 }, (_, index) => index - 128);
    const every = { ...constant([...all], 1 / 256, 0), shape: [256, 1] };
    for (const scale of [1 / 256, 1 / 255, 1 / 512]) {
      const quantization = { scales: [scale], zeroPoints: [0], axis: 0 };
      const operands = [tensor([256], scale, 0), { ...every, quantization }] as const;
      const pairs = RELATIONS.map((relation) => binary(relation, operands, tensor([256, 256], 1, 0, "bool")));
      const kernels = await checkCases(pairs, { contents: () => all });
      assert.equal(kernels.has("binary_plain"), scale >= 1 / 256);
    }
  });

  it("refuses other types and shapes", () => {
    const int8 = tensor([2, 3]);
    assertRefused(binary("LESS", [int8, tensor([2])], truth(6)), /broadcast, found 2×3 and 2/);
    assertRefused(binary("LESS", [int8, int8], int8), /bool output, found int8, int8 and int8/);
    assertRefused(binary("LESS", [truth(6), truth(6)], truth(6)), /numbers to put in order, found bool/);
    assertRefused(binary("LESS", [int8, int8], truth(5)), /output of 2×3, found 5/);
  });
});
