import { strict as assert } from "node:assert";
import { assertGolden, assertRefused, numbers, reference, tensor } from "./file_operator.ts";
import { counting, moved, randomShape, randomType } from "./movements.ts";
import { randomOf } from "./random_values.ts";
import { checkCases } from "./variant_harness.ts";

const broadcast = (shape: readonly number[], output: readonly number[]) =>
  moved("BROADCAST_TO", { shape, parameters: [numbers(...output)], output });

describe("broadcast_to", () => {
  it("gives the golden outputs of broadcast_to", function () {
    assertGolden(this, "broadcast_to");
  });

  it("repeats dimensions of 1 and those that are missing in front", () => {
    assert.deepEqual(reference(broadcast([2, 1], [2, 2, 2]), counting(2)), [
      Int8Array.of(0, 0, 1, 1, 0, 0, 1, 1),
    ]);
  });

  it("fills a shape, constant or computed, with one value", () => {
    const filled = { spelling: "FILL", outputs: [tensor([2, 2])] };
    for (const dimensions of [numbers(2, 2), tensor([2], 1, 0, "int32")]) {
      const entry = { ...filled, inputs: [dimensions, tensor([])] };
      assert.deepEqual(reference(entry, Int8Array.of(7)), [Int8Array.of(7, 7, 7, 7)]);
    }
  });

  it("gives the reference's bytes for random shapes", async () => {
    const random = randomOf(12);
    const cases = Array.from({ length: 16 }, () => {
      const output = randomShape(random, 1, 6, 3);
      const shape = output.slice(random.int(0, output.length - 1)).map((size) => random.pick([1, size]));
      return moved("BROADCAST_TO", {
        shape,
        parameters: [numbers(...output)],
        output,
        dtype: randomType(random),
      });
    });
    await checkCases(cases);
  });

  it("refuses shapes that do not broadcast", () => {
    assertRefused(broadcast([2], [3]), /broadcasts to 3, found 2/);
    assertRefused(broadcast([1, 2], [2]), /broadcasts to 2, found 1×2/);
    assertRefused({ ...broadcast([1], [3]), outputs: [tensor([4])] }, /output of 3 .*, found 4/);
  });
});
