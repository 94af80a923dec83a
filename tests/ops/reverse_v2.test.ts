import { strict as assert } from "node:assert";
import { assertGolden, assertRefused, numbers, reference, tensor } from "./file_operator.ts";
import { counting, moved, randomShape, randomType } from "./movements.ts";
import { randomOf } from "./random_values.ts";
import { checkCases } from "./variant_harness.ts";

const reversed = (shape: readonly number[], axes: readonly number[]) =>
  moved("REVERSE_V2", { shape, parameters: [numbers(...axes)], output: shape });

describe("reverse_v2", () => {
  it("gives the golden outputs of reverse", function () {
    assertGolden(this, "reverse");
  });

  it("turns dimensions round", () => {
    assert.deepEqual(reference(reversed([2, 3], [-1]), counting(6)), [Int8Array.of(2, 1, 0, 5, 4, 3)]);
    assert.deepEqual(reference(reversed([2, 3], [0, 1]), counting(6)), [Int8Array.of(5, 4, 3, 2, 1, 0)]);
  });

  it("gives the reference's bytes for random shapes", async () => {
    const random = randomOf(13);
    const cases = Array.from({ length: 16 }, () => {
      const shape = randomShape(random, 1, 5);
      const axes = shape.map((_, d) => d).filter(() => random.real() < 0.5);
      return {
        ...moved("REVERSE_V2", {
          shape,
          parameters: [numbers(...axes)],
          output: shape,
          dtype: randomType(random),
        }),
      };
    });
    await checkCases(cases);
  });

  it("refuses wrong axes and shapes", () => {
    assertRefused(reversed([2, 3], [2]), /axis from -2 to 1, found 2/);
    assertRefused({ ...reversed([2], [0]), outputs: [tensor([3])] }, /output of 2 .*, found 3/);
  });
});
