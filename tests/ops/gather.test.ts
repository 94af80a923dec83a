import { strict as assert } from "node:assert";
import { bytesOf, type DType, type Tensor, type Values } from "../../codegen/graph/tensor.ts";
import { assertGolden, assertRefused, numbers, reference, tensor } from "./file_operator.ts";
import { counting, moved, randomShape, randomType } from "./movements.ts";
import { type Random, randomOf, randomValues } from "./random_values.ts";
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

const gathered = (
  shape: readonly number[],
  indices: Tensor,
  axis: number,
  batchDims = 0,
  dtype: DType = "int8",
) =>
  moved("GATHER", {
    shape,
    parameters: [indices],
    output: [...shape.slice(0, axis), ...indices.shape.slice(batchDims), ...shape.slice(axis + 1)],
    options: { axis, batchDims },
    dtype,
  });

describe("gather", () => {
  for (const name of ["gather_const", "gather_dyn", "gather_last", "embedding", "embedding_dense"])
    it(`gives the golden outputs of ${name}`, function () {
      assertGolden(this, name);
    });

  it("picks indices of a dimension, constant or computed", () => {
    const picked = Int8Array.of(2, 0, 0, 5, 3, 3);
    assert.deepEqual(reference(gathered([2, 3], numbers(2, 0, 0), 1), counting(6)), [picked]);
    const entry = gathered([2, 3], computed([3]), 1);
    assert.deepEqual(reference(entry, counting(6), Int32Array.of(2, 0, 0)), [picked]);
  });

  it("picks by indices of its own in every batch", () => {
    const entry = gathered([2, 3], computed([2, 2]), 1, 1);
    assert.deepEqual(reference(entry, counting(6), Int32Array.of(2, 0, 1, 1)), [Int8Array.of(2, 0, 4, 4)]);
  });

  it("takes the nearest index for one out of range", () => {
    const entry = gathered([3], computed([4]), 0);
    const indices = Int32Array.of(-1, 3, 2 ** 31 - 1, -(2 ** 31));
    assert.deepEqual(reference(entry, counting(3), indices), [Int8Array.of(0, 2, 2, 0)]);
  });

  it("looks up an embedding", () => {
    const table = { ...tensor([3, 2]), data: Uint8Array.of(1, 2, 3, 4, 5, 6) };
    const entry = { spelling: "EMBEDDING_LOOKUP", inputs: [computed([2]), table], outputs: [tensor([2, 2])] };
    assert.deepEqual(reference(entry, Int32Array.of(2, 0)), [Int8Array.of(5, 6, 1, 2)]);
  });

  it("gives the reference's bytes for constant indices", async () => {
    const random = randomOf(19);
    const cases = Array.from({ length: 16 }, () => {
      const shape = randomShape(random, 1, 4, 5);
      const axis = random.int(0, shape.length - 1);
      const by = randomShape(random, 0, 2);
      const count = by.reduce((a, b) => a * b, 1);
      const values = Array.from({ length: count }, () => random.int(0, (shape[axis] ?? 1) - 1));
      return gathered(shape, constant(by, values), axis, 0, randomType(random));
    });
    const kernels = await checkCases(cases);
    assert.ok(kernels.has("gather_indexed") && kernels.has("move_rows"));
  });

  it("gives the reference's bytes for computed indices, any bytes at all too", async () => {
    const random = randomOf(20);
    const cases = Array.from({ length: 16 }, () => {
      const shape = randomShape(random, 1, 4, 5);
      const axis = random.int(0, shape.length - 1);
      const batchDims = random.int(0, axis);
      const by = [...shape.slice(0, batchDims), ...randomShape(random, 0, 2)];
      const indices = computed(by, random.pick<DType>(["int32", "int64"]));
      return gathered(shape, indices, axis, batchDims, randomType(random));
    });
    const inRange = (given: Tensor, source: Random): Values => {
      if (given.name !== "indices_1") return randomValues(given, source);
      const values = Array.from({ length: given.shape.reduce((a, b) => a * b, 1) }, () => source.int(-1, 5));
      return given.dtype === "int32" ? Int32Array.from(values) : BigInt64Array.from(values, BigInt);
    };
    assert.deepEqual([...(await checkCases(cases))], ["gather"]);
    await checkCases(cases, { contents: inRange });
  });

  it("refuses indices and dimensions that do not fit", () => {
    assertRefused(gathered([3], numbers(3), 0), /indices from 0 to 2 in dimension 0, found 3/);
    assertRefused(gathered([3], numbers(-1), 0), /found -1/);
    assertRefused(gathered([3], computed([2], "int16"), 0), /int32 or int64, found int16/);
    assertRefused({ ...gathered([3], numbers(1), 0), options: { axis: 1 } }, /axis from -1 to 0, found 1/);
    assertRefused(gathered([2, 3], computed([3, 1]), 1, 1), /share 1 dimensions .* 2×3 .* found 3×1/);
    assertRefused(gathered([2, 3], computed([2]), 0, 1), /share 1 dimensions/);
    assertRefused({ ...gathered([3], computed([2]), 0), outputs: [tensor([3])] }, /output of 2 .*, found 3/);
  });
});
