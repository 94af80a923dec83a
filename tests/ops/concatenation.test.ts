import { strict as assert } from "node:assert";
import { assertGolden, assertModulesMatch, assertRefused, reference, tensor } from "./file_operator.ts";
import { assertOverlapsHold } from "./overlaps.ts";
import { randomOf } from "./random_values.ts";

const joined = (shapes: readonly (readonly number[])[], output: readonly number[], axis: number) => ({
  spelling: "CONCATENATION",
  inputs: shapes.map((shape) => tensor(shape)),
  outputs: [tensor(output)],
  options: { axis },
});

describe("concatenation", () => {
  for (const name of [
    "concat_c",
    "concat_c_scales",
    "concat_h",
    "concat_w3",
    "requantize_chain",
    "upsampling1d",
  ])
    it(`gives the golden outputs of ${name}`, function () {
      assertGolden(this, name);
    });

  it("joins along the axis", () => {
    const entry = joined(
      [
        [2, 1],
        [2, 2],
      ],
      [2, 3],
      -1,
    );
    assert.deepEqual(reference(entry, Int8Array.of(1, 2), Int8Array.of(3, 4, 5, 6)), [
      Int8Array.of(1, 3, 4, 2, 5, 6),
    ]);
  });

  it("gives the reference's bytes for random shapes", async () => {
    const random = randomOf(2);
    const cases = Array.from({ length: 16 }, () => {
      const shape = Array.from({ length: random.int(1, 4) }, () => random.int(1, 5));
      const axis = random.int(0, shape.length - 1);
      const sizes = Array.from({ length: random.int(1, 4) }, () => random.int(1, 12));
      const of = (size: number) => shape.map((dimension, d) => (d === axis ? size : dimension));
      return joined(sizes.map(of), of(sizes.reduce((a, b) => a + b)), axis);
    });
    await assertModulesMatch(cases);
    await assertOverlapsHold(cases);
  });

  it("refuses rescaling, fused activations and shapes that do not fit", () => {
    const entry = joined(
      [
        [2, 1],
        [2, 2],
      ],
      [2, 3],
      1,
    );
    assertRefused(
      { ...entry, inputs: [tensor([2, 1], 0.1), tensor([2, 2])] },
      /one scale.*0\.1 \(3\).*0\.05 \(3\)/,
    );
    assertRefused({ ...entry, options: { axis: 1, activation: 1 } }, /no fused activation, found relu/);
    assertRefused(
      joined(
        [
          [2, 1],
          [2, 1],
        ],
        [2, 3],
        1,
      ),
      /output of 2×2 .*, found 2×3/,
    );
    assertRefused(
      joined(
        [
          [2, 1],
          [3, 2],
        ],
        [2, 3],
        1,
      ),
      /found 2×1 and 3×2/,
    );
    assertRefused(joined([[2, 1]], [2, 1], 2), /axis from -2 to 1, found 2/);
  });
});
