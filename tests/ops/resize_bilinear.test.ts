import { strict as assert } from "node:assert";
import type { DType } from "../../codegen/graph/tensor.ts";
import {
  assertGolden,
  assertModulesMatch,
  assertRefused,
  numbers,
  reference,
  tensor,
} from "./file_operator.ts";
import { moved } from "./movements.ts";
import { extremeValues, randomOf } from "./random_values.ts";
import { checkCases } from "./variant_harness.ts";

type Shape = readonly [number, number, number, number];

const resized = (shape: Shape, height: number, width: number, options = {}, dtype: DType = "int8") =>
  moved("RESIZE_BILINEAR", {
    shape,
    parameters: [numbers(height, width)],
    output: [shape[0], height, width, shape[3]],
    options,
    dtype,
  });

describe("resize_bilinear", () => {
  for (const name of [
    "resize_bilinear_x2",
    "resize_bilinear_x2_half",
    "resize_bilinear_odd",
    "resize_bilinear_odd_align",
    "upsampling2d_bilinear",
    "conv_autoencoder_bilinear",
  ])
    it(`gives the golden outputs of ${name}`, function () {
      assertGolden(this, name);
    });

  it("blends neighbours, halves away from zero", () => {
    const run = (options: Record<string, number>, ...row: number[]) => {
      const entry = resized([1, 1, row.length, 1], 1, 2 * row.length, options);
      return Array.from((reference(entry, Int8Array.from(row))[0] ?? []) as Int8Array);
    };
    assert.deepEqual(run({}, 0, 3), [0, 2, 3, 3]);
    assert.deepEqual(run({}, 0, -3), [0, -2, -3, -3]);
    assert.deepEqual(run({ halfPixelCenters: 1 }, 0, 100), [0, 25, 75, 100]);
    assert.deepEqual(run({ alignCorners: 1 }, 0, 99), [0, 33, 66, 99]);
  });

  it("stays within the map where the rounded step leads beyond it", () => {
    const entry = resized([1, 1, 1, 1], 1, 2000);
    assert.deepEqual(reference(entry, Int8Array.of(-7)), [new Int8Array(2000).fill(-7)]);
  });

  it("gives the reference's bytes for random sizes, int16 too", async () => {
    const random = randomOf(22);
    const cases = Array.from({ length: 20 }, () => {
      const shape = [random.int(1, 2), random.int(1, 6), random.int(1, 6), random.int(1, 4)] as const;
      const [height, width] = [random.int(1, 11), random.int(1, 11)];
      const options = random.pick<Record<string, number>>([{}, { alignCorners: 1 }, { halfPixelCenters: 1 }]);
      return resized(shape, height, width, options, random.pick<DType>(["int8", "int16"]));
    });
    const all = [...cases, resized([1, 1, 1, 2], 1, 1500), resized([1, 2, 1, 1], 1700, 1, {}, "int16")];
    assert.deepEqual([...(await checkCases(all))], ["resize_bilinear"]);
    await checkCases(all, { contents: extremeValues });
    await assertModulesMatch(all.slice(-4));
  });

  it("refuses what its contract does not know", () => {
    const entry = resized([1, 2, 2, 1], 4, 4);
    assertRefused({ ...entry, options: { alignCorners: 1, halfPixelCenters: 1 } }, /found both/);
    assertRefused(resized([1, 2, 2, 1], 4, 4, {}, "float32"), /int8 or int16, found float32/);
    assertRefused({ ...entry, outputs: [tensor([1, 4, 5, 1])] }, /output of 1×4×4×1 .*, found 1×4×5×1/);
    assertRefused(
      { ...entry, inputs: [tensor([1, 2, 2, 1]), numbers(70000, 1)] },
      /at most 65536 rows and columns/,
    );
    assertRefused({ ...entry, inputs: [tensor([4]), numbers(4, 4)] }, /4 dimensions, found 4/);
  });
});
