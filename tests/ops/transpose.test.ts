import { strict as assert } from "node:assert";
import type { DType } from "../../codegen/graph/tensor.ts";
import {
  assertGolden,
  assertModulesMatch,
  assertRefused,
  numbers,
  reference,
  tensor,
} from "./file_operator.ts";
import { randomOf } from "./random_values.ts";
import { checkCases } from "./variant_harness.ts";

const transposed = (shape: readonly number[], permutation: readonly number[], dtype: DType = "int8") => ({
  spelling: "TRANSPOSE",
  inputs: [tensor(shape, 0.05, 3, dtype), numbers(...permutation)],
  outputs: [
    tensor(
      permutation.map((d) => shape[d] ?? 1),
      0.05,
      3,
      dtype,
    ),
  ],
});

describe("transpose", () => {
  for (const name of ["transpose_0213", "transpose_0312", "transpose_3d", "i16_transpose", "softmax_axis1"])
    it(`gives the golden outputs of ${name}`, function () {
      assertGolden(this, name);
    });

  it("puts the dimensions into another order", () => {
    const values = Int8Array.of(1, 2, 3, 4, 5, 6);
    assert.deepEqual(reference(transposed([2, 3], [1, 0]), values), [Int8Array.of(1, 4, 2, 5, 3, 6)]);
    assert.deepEqual(reference(transposed([1, 2, 3], [2, 0, 1]), values), [Int8Array.of(1, 4, 2, 5, 3, 6)]);
  });

  it("gives the reference's bytes for any order of up to six dimensions", async () => {
    const random = randomOf(8);
    const cases = Array.from({ length: 24 }, () => {
      const shape = Array.from({ length: random.int(1, 6) }, () => random.int(1, 4));
      const permutation = shape.map((_, d) => d);
      for (let d = permutation.length - 1; d > 0; d--) {
        const other = random.int(0, d);
        [permutation[d], permutation[other]] = [permutation[other] ?? 0, permutation[d] ?? 0];
      }
      return transposed(shape, permutation, random.pick<DType>(["int8", "int8", "int16", "float32"]));
    });
    const all = [...cases, transposed([2, 3, 2, 3, 2, 3], [5, 4, 3, 2, 1, 0])];
    const kernels = await checkCases(all);
    assert.deepEqual([...kernels].sort(), ["move_grid", "move_nest", "move_rows"]);
    await assertModulesMatch(all.slice(-4));
  });

  it("refuses what is no permutation", () => {
    const entry = transposed([2, 3], [1, 0]);
    const permuted = (permutation: number[]) => ({
      ...entry,
      inputs: [tensor([2, 3]), numbers(...permutation)],
    });
    for (const wrong of [[0], [0, 0], [-1, 0], [1, 2], [0, 1, 2]])
      assertRefused(permuted(wrong), /every dimension from 0 to 1 once, found/);
    assertRefused(permuted([0, 1]), /output of 2×3 .*, found 3×2/);
    assertRefused({ ...entry, inputs: [tensor([2, 3]), tensor([2])] }, /constant int32 dimensions/);
    assertRefused({ ...entry, outputs: [tensor([3, 2], 0.05, 3, "int16")] }, /one type/);
  });
});
