import { strict as assert } from "node:assert";
import { assertGolden, assertModulesMatch, assertRefused, reference, tensor } from "./file_operator.ts";
import { assertOverlapsHold } from "./overlaps.ts";
import { randomOf } from "./random_values.ts";

const soft = (shape: readonly number[], scale: number, beta = 1) => ({
  spelling: "SOFTMAX",
  inputs: [tensor(shape, scale)],
  outputs: [tensor(shape, 1 / 256, -128)],
  options: { beta },
});

describe("softmax", () => {
  for (const name of ["softmax_2d", "softmax_3d", "softmax_4d", "softmax_n1000", "dense_softmax", "mlp"])
    it(`gives the golden outputs of ${name}`, function () {
      assertGolden(this, name);
    });

  it("shares out 1 over the last dimension", () => {
    const equal = reference(soft([2, 4], 0.1), Int8Array.of(5, 5, 5, 5, -128, -128, -128, 127));
    assert.deepEqual(equal, [Int8Array.of(-64, -64, -64, -64, -128, -128, -128, 127)]);
  });

  it("gives the reference's bytes for random scales, with and without a table", async () => {
    const random = randomOf(9);
    const cases = Array.from({ length: 20 }, () =>
      soft(
        [...(random.pick([true, false]) ? [random.int(1, 5)] : []), random.int(1, 40)],
        10 ** (random.real() * 6 - 4),
        random.pick([1, 1, 0.3, 4]),
      ),
    );
    await assertOverlapsHold(cases);
    await assertModulesMatch([...cases, soft([1, 4095], 1e-6), soft([1, 600], 0.01)]);
  });

  it("refuses other outputs, too many values and scales that vanish", () => {
    const entry = soft([1, 4], 0.1);
    assertRefused({ ...entry, outputs: [tensor([1, 4], 1 / 255, -128)] }, /output scale of 1\/256/);
    assertRefused({ ...entry, outputs: [tensor([4], 1 / 256, -128)] }, /output of 1×4, found 4/);
    assertRefused({ ...entry, inputs: [tensor([1, 4], 0.1, 0, "int16")] }, /found int16 and int8/);
    assertRefused(soft([1, 4096], 0.1), /at most 4095 values/);
    assertRefused(soft([1, 4], 0.1, 0), /above 2\^-26/);
  });
});
