import { strict as assert } from "node:assert";
import type { DType } from "../../codegen/graph/tensor.ts";
import { assertGolden, assertRefused, reference, tensor } from "./file_operator.ts";
import { randomOf } from "./random_values.ts";
import { checkCases } from "./variant_harness.ts";

const packed = (shape: readonly number[], count: number, axis: number, dtype: DType = "int8") => {
  const at = axis < 0 ? axis + shape.length + 1 : axis;
  return {
    spelling: "PACK",
    inputs: Array.from({ length: count }, () => tensor(shape, 0.05, 3, dtype)),
    outputs: [tensor([...shape.slice(0, at), count, ...shape.slice(at)], 0.05, 3, dtype)],
    options: { axis, count },
  };
};

describe("pack", () => {
  for (const name of ["stack", "stack_last3"])
    it(`gives the golden outputs of ${name}`, function () {
      assertGolden(this, name);
    });

  it("puts its inputs along a new dimension", () => {
    const [a, b] = [Int8Array.of(1, 2, 3), Int8Array.of(4, 5, 6)];
    assert.deepEqual(reference(packed([3], 2, 0), a, b), [Int8Array.of(1, 2, 3, 4, 5, 6)]);
    assert.deepEqual(reference(packed([3], 2, -1), a, b), [Int8Array.of(1, 4, 2, 5, 3, 6)]);
    assert.deepEqual(reference(packed([], 2, 0), Int8Array.of(7), Int8Array.of(8)), [Int8Array.of(7, 8)]);
  });

  it("gives the reference's bytes for random shapes", async () => {
    const random = randomOf(6);
    const cases = Array.from({ length: 16 }, () => {
      const shape = Array.from({ length: random.int(0, 4) }, () => random.int(1, 5));
      const axis = random.int(0, shape.length);
      return packed(shape, random.int(1, 4), axis, random.pick<DType>(["int8", "int16", "bool"]));
    });
    const kernels = await checkCases([...cases, packed([2, 3], 2, 0)]);
    assert.ok(kernels.has("move_rows"));
  });

  it("refuses other counts, shapes and scales", () => {
    const entry = packed([2], 2, 0);
    assertRefused({ ...entry, options: { axis: 0, count: 3 } }, /expects 3 inputs, found 2/);
    assertRefused({ ...entry, options: { axis: 2, count: 2 } }, /axis from -2 to 1, found 2/);
    assertRefused({ ...entry, inputs: [tensor([2]), tensor([3])] }, /one shape, found 2 and 3/);
    assertRefused({ ...entry, inputs: [tensor([2], 0.1), tensor([2])] }, /one scale/);
    assertRefused({ ...entry, outputs: [tensor([4])] }, /output of 2×2 .*, found 4/);
  });
});
