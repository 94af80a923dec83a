import { strict as assert } from "node:assert";
import { assertGolden, assertRefused, numbers, reference, tensor } from "./file_operator.ts";
import { counting, moved, randomShape, randomType } from "./movements.ts";
import { randomOf } from "./random_values.ts";
import { checkCases } from "./variant_harness.ts";

const tiled = (shape: readonly number[], multiples: readonly number[], dtype?: "int8") =>
  moved("TILE", {
    shape,
    parameters: [numbers(...multiples)],
    output: shape.map((size, d) => size * (multiples[d] ?? 1)),
    ...(dtype && { dtype }),
  });

describe("tile", () => {
  it("gives the golden outputs of tile", function () {
    assertGolden(this, "tile");
  });

  it("repeats along each dimension", () => {
    const found = reference(tiled([1, 2], [2, 3]), counting(2));
    assert.deepEqual(found, [Int8Array.of(0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1)]);
  });

  it("gives the reference's bytes for random shapes", async () => {
    const random = randomOf(11);
    const cases = Array.from({ length: 16 }, () => {
      const shape = randomShape(random, 1, 5, 3);
      const multiples = shape.map(() => random.int(1, 3));
      const output = shape.map((size, d) => size * (multiples[d] ?? 1));
      return moved("TILE", { shape, parameters: [numbers(...multiples)], output, dtype: randomType(random) });
    });
    const kernels = await checkCases(cases);
    assert.ok(kernels.has("move_nest") && kernels.has("move_grid"));
  });

  it("refuses multiples that do not fit", () => {
    assertRefused(tiled([2], [0]), /a multiple from 1 for each of 1 dimensions, found 0/);
    assertRefused(tiled([2], [1, 1]), /for each of 1 dimensions, found 1 1/);
    const entry = tiled([2, 2], [1, 2]);
    assertRefused({ ...entry, outputs: [tensor([2, 2])] }, /output of 2×4 .*, found 2×2/);
    assertRefused({ ...entry, inputs: [tensor([2, 2]), tensor([2])] }, /constant int32 multiples/);
  });
});
