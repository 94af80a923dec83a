import { strict as assert } from "node:assert";
import type { DType } from "../../codegen/graph/tensor.ts";
import { assertModulesMatch, assertRefused, numbers, reference, tensor } from "./file_operator.ts";
import { counting, moved, randomShape, randomType } from "./movements.ts";
import { randomOf } from "./random_values.ts";
import { checkCases } from "./variant_harness.ts";

const starts = (rank: number, dtype: DType = "int32") => ({ name: "starts", shape: [rank], dtype });

const updated = (shape: readonly number[], part: readonly number[], dtype: DType = "int8", indices?: DType) =>
  moved("DYNAMIC_UPDATE_SLICE", {
    shape,
    parameters: [tensor(part, 0.05, 3, dtype), starts(shape.length, indices)],
    output: shape,
    dtype,
  });

describe("dynamic_update_slice", () => {
  it("replaces a part, moved to where it fits", () => {
    const entry = updated([2, 3], [1, 2]);
    const run = (...at: number[]) => reference(entry, counting(6), Int8Array.of(-1, -2), Int32Array.from(at));
    assert.deepEqual(run(1, 0), [Int8Array.of(0, 1, 2, -1, -2, 5)]);
    assert.deepEqual(run(-4, 9), [Int8Array.of(0, -1, -2, 3, 4, 5)]);
  });

  it("gives the reference's bytes for random parts", async () => {
    const random = randomOf(24);
    const cases = Array.from({ length: 16 }, () => {
      const shape = randomShape(random, 1, 5);
      const part = shape.map((size) => random.int(1, size));
      return updated(shape, part, randomType(random), random.pick<DType>(["int32", "int64"]));
    });
    await checkCases(cases);
    const inRange = updated([3, 4], [2, 2], "int16");
    await assertModulesMatch([
      inRange,
      { ...inRange, inputs: [...inRange.inputs.slice(0, 2), numbers(1, 2)] },
    ]);
  });

  it("refuses parts and starts that do not fit", () => {
    assertRefused(updated([2, 3], [3, 1]), /part that fits into 2×3, found 3×1/);
    assertRefused(updated([2, 3], [2]), /part that fits into 2×3, found 2/);
    const entry = updated([2, 3], [1, 2]);
    const [whole = tensor([1]), part = tensor([1])] = entry.inputs;
    assertRefused({ ...entry, inputs: [whole, part, starts(3)] }, /2 indices to start from, found 3/);
    assertRefused({ ...entry, inputs: [whole, part, starts(2, "int8")] }, /int32 or int64, found int8/);
    assertRefused({ ...entry, inputs: [whole, part] }, /3 inputs and 1 output, found 2 and 1/);
    assertRefused({ ...entry, inputs: [whole, tensor([1, 2], 1, 0, "int16"), starts(2)] }, /one type/);
  });
});
