import { strict as assert } from "node:assert";
import { bytesOf, type DType, type Tensor, type Values, valuesOf } from "../../codegen/graph/tensor.ts";
import { assertRefused, numbers, reference, tensor } from "./file_operator.ts";
import { randomShape } from "./movements.ts";
import { type Random, randomOf } from "./random_values.ts";
import { checkCases } from "./variant_harness.ts";

const value = (dtype: DType, ...bytes: number[]): Tensor => ({
  name: "value",
  shape: [],
  dtype,
  data: Uint8Array.from(bytes),
});

const OFF: Readonly<Record<string, readonly number[]>> = {
  int8: [255],
  int16: [254, 1],
  int32: [1, 2, 3, 4],
};

const hot = (
  shape: readonly number[],
  depth: number,
  axis: number,
  dtype: DType = "int8",
  by: DType = "int32",
) => {
  const off = OFF[dtype] ?? [0];
  const at = axis < 0 ? shape.length : axis;
  return {
    spelling: "ONE_HOT",
    inputs: [
      { name: "indices", shape, dtype: by },
      numbers(depth),
      value(dtype, 7, ...off.slice(1)),
      value(dtype, ...off),
    ],
    outputs: [tensor([...shape.slice(0, at), depth, ...shape.slice(at)], 1, 0, dtype)],
    options: { axis },
  };
};

describe("one_hot", () => {
  it("sets one element of each vector, none for an index out of range", () => {
    const found = reference(hot([4], 3, -1), Int32Array.of(1, 2, -1, 3));
    assert.deepEqual(found, [Int8Array.of(-1, 7, -1, -1, -1, 7, -1, -1, -1, -1, -1, -1)]);
    assert.deepEqual(reference(hot([2], 2, 0), Int32Array.of(1, 0)), [Int8Array.of(-1, 7, 7, -1)]);
  });

  it("gives the reference's bytes for random indices", async () => {
    const random = randomOf(25);
    const cases = Array.from({ length: 16 }, () => {
      const shape = randomShape(random, 0, 3);
      const type = random.pick<DType>(["int8", "int16", "int32"]);
      return hot(
        shape,
        random.int(1, 5),
        random.int(-1, shape.length),
        type,
        random.pick(["int32", "int64"]),
      );
    });
    const near = (given: Tensor, source: Random): Values => {
      if (given.data) return valuesOf(given.dtype, given.data);
      const count = given.shape.reduce((a, b) => a * b, 1);
      const drawn = Array.from({ length: count }, () => source.pick([source.int(-1, 5), 2 ** 31 - 1]));
      return given.dtype === "int32" ? Int32Array.from(drawn) : BigInt64Array.from(drawn, BigInt);
    };
    await checkCases(cases, { contents: near });
    await checkCases(cases);
  });

  it("refuses what is computed or does not fit", () => {
    const entry = hot([2], 3, -1);
    const [indices = tensor([2]), depth = numbers(3), on = tensor([])] = entry.inputs;
    assertRefused({ ...entry, inputs: [indices, numbers(0), on, on] }, /depth from 1 to 65536, found 0/);
    assertRefused(
      { ...entry, inputs: [indices, depth, tensor([]), on] },
      /one constant value .* found a computed one/,
    );
    assertRefused({ ...entry, inputs: [indices, depth, value("int16", 1, 0), on] }, /type int8, found int16/);
    assertRefused({ ...entry, inputs: [tensor([2]), depth, on, on] }, /int32 or int64, found int8/);
    assertRefused({ ...entry, outputs: [tensor([2, 2])] }, /output of 2×3 .*, found 2×2/);
    assertRefused({ ...entry, options: { axis: 2 } }, /axis from -2 to 1, found 2/);
    const wide = { ...value("int64"), data: bytesOf(BigInt64Array.of(0n)) };
    const outputs = [tensor([2, 3], 1, 0, "int64")];
    assertRefused({ ...entry, inputs: [indices, depth, wide, wide], outputs }, /at most 4 bytes/);
  });
});
