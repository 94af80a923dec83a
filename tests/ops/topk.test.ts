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
import { extremeValues, randomOf } from "./random_values.ts";
import { checkCases } from "./variant_harness.ts";

function largest(
  shape: readonly number[],
  count: number,
  dtype: "int8" | "int16" | "int32" = "int8",
): FileOperatorCase {
  const output = [...shape.slice(0, -1), count];
  return {
    spelling: "TOPK_V2",
    inputs: [tensor(shape, 0.05, 0, dtype), numbers(count)],
    outputs: [tensor(output, 0.05, 0, dtype), tensor(output, 1, 0, "int32")],
  };
}

describe("topk", () => {
  it("gives the golden outputs of topk", function () {
    assertGolden(this, "topk");
  });

  it("puts the largest values in order, equal ones by their index", () => {
    const values = Int8Array.of(3, 9, -4, 9, -128, -128, -128, -128);
    assert.deepEqual(reference(largest([2, 4], 3), values), [
      Int8Array.of(9, 9, 3, -128, -128, -128),
      Int32Array.of(1, 3, 0, 0, 1, 2),
    ]);
  });

  it("gives the reference's bytes for random shapes and types, with every kernel that fits", async () => {
    const random = randomOf(33);
    const cases = Array.from({ length: 16 }, () => {
      const shape = Array.from({ length: random.int(1, 3) }, () => random.int(1, 9));
      const dtype = random.pick<"int8" | "int16" | "int32">(["int8", "int16", "int32"]);
      return largest(shape, random.int(1, shape.at(-1) ?? 1), dtype);
    });
    assert.deepEqual(await assertModulesMatch(cases), new Set(["topk"]));
    assert.deepEqual(await checkCases(cases), new Set(["topk"]));
    // Many equal values, and none that is not the smallest or the largest of its type.
    assert.deepEqual(await checkCases(cases, { contents: extremeValues }), new Set(["topk"]));
  });

  it("refuses other types, shapes and numbers of values", () => {
    const entry = largest([2, 4], 3);
    assertRefused(largest([2, 4], 5), /from 1 to 4 values of each row, found 5/);
    assertRefused(largest([2, 4], 0), /found 0/);
    assertRefused({ ...entry, inputs: [tensor([2, 4]), numbers(1, 2)] }, /one number of values, found 2/);
    assertRefused({ ...entry, outputs: entry.outputs.slice(0, 1) }, /2 outputs, found 1 and 1/);
    assertRefused(
      { ...entry, outputs: [tensor([2, 3]), tensor([2, 3])] },
      /int32 indices, found int8, int8 and int8/,
    );
    assertRefused(
      { ...entry, outputs: [tensor([2, 2]), tensor([2, 3], 1, 0, "int32")] },
      /expects 6 values of 2×4, found 2×2/,
    );
  });
});
