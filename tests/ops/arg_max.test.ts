import { strict as assert } from "node:assert";
import {
  assertGolden,
  assertModulesMatch,
  assertRefused,
  type FileOperatorCase,
  numbers,
  reference,
  tensor,
} from "./file_operator.ts";
import { assertOverlapsHold } from "./overlaps.ts";
import { finiteValues, randomOf } from "./random_values.ts";
import { checkCases } from "./variant_harness.ts";

type InputType = "int8" | "int16" | "int32" | "float32";

function indices(
  shape: readonly number[],
  axis: number,
  [dtype, to]: readonly [InputType, "int32" | "int64"] = ["int8", "int32"],
): FileOperatorCase {
  const kept = shape.filter((_, d) => d !== (axis + shape.length) % shape.length);
  return {
    spelling: "ARG_MAX",
    inputs: [tensor(shape, 0.05, 0, dtype), numbers(axis)],
    outputs: [tensor(kept, 1, 0, to)],
  };
}

function randomCases(count: number): FileOperatorCase[] {
  const random = randomOf(31);
  return Array.from({ length: count }, () => {
    const shape = Array.from({ length: random.int(1, 4) }, () => random.int(1, 6));
    const dtype = random.pick<InputType>(["int8", "int16", "int32", "float32"]);
    return indices(shape, random.int(-shape.length, shape.length - 1), [
      dtype,
      random.pick(["int32", "int64"]),
    ]);
  });
}

describe("arg_max", () => {
  it("gives the golden outputs of argmax", function () {
    assertGolden(this, "argmax");
  });

  it("gives the first index of the largest value; one that is no number is only taken where it comes first", () => {
    const values = Int8Array.of(3, 9, -4, 9, 9, 11);
    assert.deepEqual(reference(indices([2, 3], 1), values), [Int32Array.of(1, 2)]);
    assert.deepEqual(reference(indices([2, 3], 0), values), [Int32Array.of(1, 0, 1)]);
    const floats = indices([2, 3], -1, ["float32", "int64"]);
    const reals = Float32Array.of(1, Number.NaN, 2, Number.NaN, 5, -5);
    assert.deepEqual(reference(floats, reals), [BigInt64Array.of(2n, 0n)]);
  });

  it("gives the reference's bytes for random shapes and types, with every kernel that fits", async () => {
    const cases = randomCases(20);
    await assertOverlapsHold(cases.filter(({ inputs: [input] }) => input?.dtype !== "float32"));
    assert.deepEqual(await checkCases(cases, { contents: finiteValues }), new Set(["arg_extremum"]));
    const int8 = cases.filter(({ inputs: [input] }) => input?.dtype === "int8");
    assert.deepEqual(await assertModulesMatch(int8), new Set(["arg_extremum"]));
  });

  it("refuses other types, shapes and axes", () => {
    const entry = indices([2, 3], 1);
    assertRefused({ ...entry, inputs: [tensor([2, 3]), numbers(2)] }, /axis from -2 to 1, found 2/);
    assertRefused({ ...entry, inputs: [tensor([2, 3]), numbers(0, 1)] }, /one axis, found 2/);
    assertRefused({ ...entry, inputs: [tensor([2, 3], 1, 0, "bool"), numbers(1)] }, /found bool/);
    assertRefused({ ...entry, outputs: [tensor([2])] }, /int32 or int64 indices, found int8/);
    assertRefused(
      { ...entry, outputs: [tensor([3], 1, 0, "int32")] },
      /dimensions of 2×3 other than 1, found 3/,
    );
  });
});
