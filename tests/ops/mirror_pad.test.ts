import { strict as assert } from "node:assert";
import { assertGolden, assertRefused, numbers, reference, tensor } from "./file_operator.ts";
import { counting, moved, randomShape, randomType } from "./movements.ts";
import { randomOf } from "./random_values.ts";
import { checkCases } from "./variant_harness.ts";

const REFLECT = { mode: 0 };
const SYMMETRIC = { mode: 1 };

const mirrored = (shape: readonly number[], pads: readonly number[]) => ({
  shape,
  parameters: [numbers(...pads)],
  output: shape.map((size, d) => size + (pads[2 * d] ?? 0) + (pads[2 * d + 1] ?? 0)),
});

describe("mirror_pad", () => {
  for (const name of ["mirror_pad_reflect", "mirror_pad_symmetric"])
    it(`gives the golden outputs of ${name}`, function () {
      assertGolden(this, name);
    });

  it("mirrors with and without the edge", () => {
    const run = (pads: number[], options: Record<string, number>) =>
      reference(moved("MIRROR_PAD", { ...mirrored([4], pads), options }), counting(4));
    assert.deepEqual(run([3, 2], REFLECT), [Int8Array.of(3, 2, 1, 0, 1, 2, 3, 2, 1)]);
    assert.deepEqual(run([4, 2], SYMMETRIC), [Int8Array.of(3, 2, 1, 0, 0, 1, 2, 3, 3, 2)]);
  });

  it("gives the reference's bytes for random paddings", async () => {
    const random = randomOf(18);
    const cases = Array.from({ length: 16 }, () => {
      const shape = randomShape(random, 1, 4);
      const options = random.pick([REFLECT, SYMMETRIC]);
      const most = (size: number) => size - 1 + options.mode;
      const pads = shape.flatMap((size) => [random.int(0, most(size)), random.pick([0, most(size)])]);
      return moved("MIRROR_PAD", { ...mirrored(shape, pads), options, dtype: randomType(random) });
    });
    const kernels = await checkCases(cases);
    assert.ok(kernels.has("gather_indexed"));
  });

  it("refuses paddings that have nothing to mirror", () => {
    const entry = (pads: number[], options: Record<string, number>) =>
      moved("MIRROR_PAD", { ...mirrored([4], pads), options });
    assertRefused(entry([4, 0], REFLECT), /at most 3 in dimension 0, .*found 4 and 0/);
    assertRefused(entry([0, 5], SYMMETRIC), /at most 4 in dimension 0, .*found 0 and 5/);
    assertRefused(entry([-1, 0], SYMMETRIC), /two paddings from 0 for each of 1 dimensions, found -1 0/);
    assertRefused(entry([1, 0], { mode: 2 }), /REFLECT or SYMMETRIC .* found 2/);
    assertRefused({ ...entry([1, 0], REFLECT), outputs: [tensor([6])] }, /output of 5 .*, found 6/);
  });
});
