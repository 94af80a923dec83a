import { strict as assert } from "node:assert";
import type { DType } from "../../codegen/graph/tensor.ts";
import { assertGolden, assertRefused, reference, tensor } from "./file_operator.ts";
import { randomOf } from "./random_values.ts";
import { checkCases } from "./variant_harness.ts";

const unpacked = (shape: readonly number[], axis: number, dtype: DType = "int8") => {
  const at = axis < 0 ? axis + shape.length : axis;
  const count = shape[at] ?? 1;
  return {
    spelling: "UNPACK",
    inputs: [tensor(shape, 0.05, 3, dtype)],
    outputs: Array.from({ length: count }, () =>
      tensor(
        shape.filter((_, d) => d !== at),
        0.05,
        3,
        dtype,
      ),
    ),
    options: { axis, count },
  };
};

describe("unpack", () => {
  it("gives the golden outputs of unstack", function () {
    assertGolden(this, "unstack");
  });

  it("takes the indices of a dimension apart", () => {
    const values = Int8Array.of(1, 2, 3, 4, 5, 6);
    assert.deepEqual(reference(unpacked([2, 3], 0), values), [Int8Array.of(1, 2, 3), Int8Array.of(4, 5, 6)]);
    assert.deepEqual(reference(unpacked([2, 3], -1), values), [
      Int8Array.of(1, 4),
      Int8Array.of(2, 5),
      Int8Array.of(3, 6),
    ]);
  });

  it("gives the reference's bytes for random shapes", async () => {
    const random = randomOf(7);
    const cases = Array.from({ length: 16 }, () => {
      const shape = Array.from({ length: random.int(1, 4) }, () => random.int(1, 5));
      const axis = random.int(0, shape.length - 1);
      return unpacked(shape, axis, random.pick<DType>(["int8", "int16", "float32"]));
    });
    const kernels = await checkCases(cases);
    assert.ok(kernels.has("move_rows"));
  });

  it("refuses other counts and shapes", () => {
    const entry = unpacked([2, 3], 0);
    assertRefused({ ...entry, options: { axis: 0, count: 3 } }, /expects 3 outputs, found 2/);
    assertRefused({ ...entry, options: { axis: 1, count: 2 } }, /each index of dimension 1 of 2×3, found 2/);
    assertRefused({ ...entry, outputs: [tensor([3]), tensor([2])] }, /output of 3 .*, found 2/);
    assertRefused({ ...entry, options: { axis: 2, count: 2 } }, /axis from -2 to 1, found 2/);
  });
});
