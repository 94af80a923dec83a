import { strict as assert } from "node:assert";
import { assertGolden, assertRefused, numbers, reference, tensor } from "./file_operator.ts";
import { counting, moved, randomType } from "./movements.ts";
import { randomOf } from "./random_values.ts";
import { checkCases } from "./variant_harness.ts";

const resized = (shape: readonly [number, number, number, number], height: number, width: number) => ({
  shape,
  parameters: [numbers(height, width)],
  output: [shape[0], height, width, shape[3]],
});

describe("resize_nearest_neighbor", () => {
  for (const name of [
    "resize_nearest_x2",
    "resize_nearest_odd_align",
    "resize_nearest_odd_half",
    "upsampling2d_nearest",
  ])
    it(`gives the golden outputs of ${name}`, function () {
      assertGolden(this, name);
    });

  it("picks the nearest column", () => {
    const run = (from: number, to: number, options: Record<string, number> = {}) => {
      const entry = moved("RESIZE_NEAREST_NEIGHBOR", { ...resized([1, 1, from, 1], 1, to), options });
      return Array.from((reference(entry, counting(from))[0] ?? []) as Int8Array);
    };
    assert.deepEqual(run(2, 4), [0, 0, 1, 1]);
    assert.deepEqual(run(5, 3), [0, 1, 3]);
    assert.deepEqual(run(5, 3, { halfPixelCenters: 1 }), [0, 2, 4]);
    assert.deepEqual(run(3, 4, { alignCorners: 1 }), [0, 1, 1, 2]);
    assert.deepEqual(run(3, 1, { alignCorners: 1 }), [0]);
  });

  it("gives the reference's bytes for random sizes", async () => {
    const random = randomOf(21);
    const cases = Array.from({ length: 20 }, () => {
      const shape = [random.int(1, 2), random.int(1, 5), random.int(1, 5), random.int(1, 3)] as const;
      const factor = random.int(1, 3);
      const sizes =
        random.real() < 0.5 ? [shape[1] * factor, shape[2] * 2] : [random.int(1, 9), random.int(1, 9)];
      const options = random.pick<Record<string, number>>([
        {},
        { alignCorners: 1 },
        { halfPixelCenters: 1 },
        { alignCorners: 1, halfPixelCenters: 1 },
      ]);
      const [height = 1, width = 1] = sizes;
      return moved("RESIZE_NEAREST_NEIGHBOR", {
        ...resized([...shape], height, width),
        options,
        dtype: randomType(random),
      });
    });
    const kernels = await checkCases(cases);
    assert.ok(kernels.has("gather_indexed") && kernels.has("move_nest"));
  });

  it("refuses sizes that are none", () => {
    const entry = moved("RESIZE_NEAREST_NEIGHBOR", resized([1, 2, 2, 1], 4, 4));
    const sized = (...size: number[]) => ({ ...entry, inputs: [tensor([1, 2, 2, 1]), numbers(...size)] });
    assertRefused(sized(4), /a height and a width from 1, found 4/);
    assertRefused(sized(0, 4), /from 1, found 0 4/);
    assertRefused(sized(70000, 4), /dimensions of at most 65535, found 70000/);
    assertRefused(sized(4, 5), /output of 1×4×5×1 .*, found 1×4×4×1/);
    assertRefused({ ...entry, inputs: [tensor([2, 2]), numbers(4, 4)] }, /4 dimensions, found 2×2/);
  });
});
