import { strict as assert } from "node:assert";
import { bytesOf, type DType, type Tensor } from "../../codegen/graph/tensor.ts";
import { assertRefused, reference, tensor } from "./file_operator.ts";
import { counting, moved, randomShape, randomType } from "./movements.ts";
import { randomOf } from "./random_values.ts";
import { checkCases } from "./variant_harness.ts";

const constant = (shape: readonly number[], values: readonly number[]): Tensor => ({
  name: "indices",
  shape,
  dtype: "int32",
  data: bytesOf(Int32Array.from(values)),
});

const computed = (shape: readonly number[], dtype: DType = "int32"): Tensor => ({
  name: "indices",
  shape,
  dtype,
});

const gathered = (shape: readonly number[], indices: Tensor, dtype: DType = "int8") =>
  moved("GATHER_ND", {
    shape,
    parameters: [indices],
    output: [...indices.shape.slice(0, -1), ...shape.slice(indices.shape.at(-1) ?? 0)],
    dtype,
  });

describe("gather_nd", () => {
  it("picks elements and rows, by constant or computed tuples", () => {
    const elements = gathered([2, 3], constant([3, 2], [0, 2, 1, 0, 1, 1]));
    assert.deepEqual(reference(elements, counting(6)), [Int8Array.of(2, 3, 4)]);
    const rows = gathered([2, 3], computed([2, 1]));
    assert.deepEqual(reference(rows, counting(6), Int32Array.of(1, 0)), [Int8Array.of(3, 4, 5, 0, 1, 2)]);
  });

  it("takes the nearest index for one out of range", () => {
    const entry = gathered([2, 3], computed([2, 2]));
    assert.deepEqual(reference(entry, counting(6), Int32Array.of(-5, 9, 7, -1)), [Int8Array.of(2, 3)]);
  });

  it("gives the reference's bytes for random tuples", async () => {
    const random = randomOf(23);
    const cases = Array.from({ length: 20 }, () => {
      const shape = randomShape(random, 1, 4);
      const depth = random.int(1, shape.length);
      const by = [...randomShape(random, 0, 2), depth];
      const dtype = randomType(random);
      if (random.real() < 0.5)
        return gathered(shape, computed(by, random.pick<DType>(["int32", "int64"])), dtype);
      const count = by.reduce((a, b) => a * b, 1);
      const values = Array.from({ length: count }, (_, at) => random.int(0, (shape[at % depth] ?? 1) - 1));
      return gathered(shape, constant(by, values), dtype);
    });
    const kernels = await checkCases(cases);
    assert.ok(kernels.has("gather_nd") && kernels.has("gather_indexed"));
  });

  it("refuses tuples that do not fit", () => {
    assertRefused(gathered([2, 3], constant([1, 2], [0, 3])), /from 0 to 2 in dimension 1, found 3/);
    assertRefused(gathered([2, 3], computed([1, 3])), /tuples of 1 to 2 indices, found indices of 1×3/);
    assertRefused(gathered([2, 3], computed([1, 2], "int8")), /int32 or int64, found int8/);
    const entry = gathered([2, 3], computed([1, 2]));
    assertRefused({ ...entry, outputs: [tensor([2])] }, /output of 1 .*, found 2/);
  });
});
