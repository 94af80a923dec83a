import { strict as assert } from "node:assert";
import type { DType } from "../../codegen/graph/tensor.ts";
import { assertGolden, assertRefused, numbers, reference, tensor } from "./file_operator.ts";
import { counting, moved, randomShape } from "./movements.ts";
import { randomOf } from "./random_values.ts";
import { checkCases } from "./variant_harness.ts";

const cut = (shape: readonly number[], block: readonly number[], pads: readonly number[]) => {
  const cells = block.reduce((a, b) => a * b, 1);
  const [batches = 1, ...rest] = shape;
  const padded = rest.map((size, d) => size + (pads[2 * d] ?? 0) + (pads[2 * d + 1] ?? 0));
  const output = [batches * cells, ...padded.map((size, d) => size / (block[d] ?? 1))];
  return { shape, parameters: [numbers(...block), numbers(...pads)], output };
};

describe("space_to_batch_nd", () => {
  it("gives the golden outputs of space_to_batch", function () {
    assertGolden(this, "space_to_batch");
  });

  it("cuts a map into those of every n-th row and column, padded with the zero point", () => {
    const whole = moved("SPACE_TO_BATCH_ND", cut([1, 2, 4, 1], [2, 2], [0, 0, 0, 0]));
    assert.deepEqual(reference(whole, counting(8)), [Int8Array.of(0, 2, 1, 3, 4, 6, 5, 7)]);
    const padded = moved("SPACE_TO_BATCH_ND", cut([1, 3, 1], [2], [2, 1]));
    assert.deepEqual(reference(padded, Int8Array.of(7, 8, 9)), [Int8Array.of(3, 7, 9, 3, 8, 3)]);
  });

  it("gives the reference's bytes for random blocks and paddings", async () => {
    const random = randomOf(17);
    const cases = Array.from({ length: 24 }, () => {
      const block = randomShape(random, 1, 3, 3);
      const inner = [...block.map(() => random.int(1, 5)), random.int(1, 3)];
      const even = random.real() < 0.4;
      const pads = block.flatMap((size, d) => {
        if (even) inner[d] = (inner[d] ?? 1) * size;
        const before = even ? 0 : random.int(0, 2 * size);
        return [before, (size - (((inner[d] ?? 1) + before) % size)) % size];
      });
      return moved("SPACE_TO_BATCH_ND", {
        ...cut([random.int(1, 2), ...inner], block, pads),
        dtype: random.pick<DType>(["int8", "int8", "int16", "bool", "int32"]),
      });
    });
    const kernels = await checkCases(cases);
    assert.ok(kernels.has("pad_indexed") && kernels.has("move_grid"));
  });

  it("refuses blocks and paddings that do not fit", () => {
    const entry = moved("SPACE_TO_BATCH_ND", cut([1, 2, 4, 1], [2, 2], [0, 0, 0, 0]));
    const given = (block: number[], pads: number[], shape = [1, 2, 4, 1]) => ({
      ...entry,
      inputs: [tensor(shape), numbers(...block), numbers(...pads)],
    });
    assertRefused(given([2, 2], [0, 1, 0, 0]), /multiples of 2×2 when padded, found 1×2×4×1/);
    assertRefused(given([2, 2], [0, 0, 0, 0], [1, 2]), /4 dimensions at least/);
    assertRefused(given([2, 2], [0, 2, 0, 0]), /output of 4×2×2×1 .*, found 4×1×2×1/);
    assertRefused(
      { ...entry, inputs: [tensor([1, 2, 4, 1]), tensor([2]), numbers(0)] },
      /constant int32 block shape/,
    );
    const wide = moved("SPACE_TO_BATCH_ND", { ...cut([1, 3, 1], [2], [2, 1]), dtype: "int64" });
    const quantization = { scales: [1], zeroPoints: [3], axis: 0 };
    const outputs = wide.outputs.map((output) => ({ ...output, quantization }));
    assertRefused({ ...wide, outputs }, /int64 to be padded with 0 or -1, found 3/);
  });
});
