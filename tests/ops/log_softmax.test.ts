import { strict as assert } from "node:assert";
import { logAboveOne } from "../../codegen/graph/fixed_point_log.ts";
import { kernelModule } from "../kernels/kernel_module.ts";
import { assertGolden, assertModulesMatch, assertRefused, reference, tensor } from "./file_operator.ts";
import { assertOverlapsHold } from "./overlaps.ts";
import { randomOf } from "./random_values.ts";
import { checkCases } from "./variant_harness.ts";

const logarithm = (shape: readonly number[], scale: number) => ({
  spelling: "LOG_SOFTMAX",
  inputs: [tensor(shape, scale)],
  outputs: [tensor(shape, 1 / 16, 127)],
});

describe("log_softmax", () => {
  it("gives the golden outputs of log_softmax", function () {
    assertGolden(this, "log_softmax");
  });

  it("takes the logarithm of the shares of the last dimension", () => {
    // ln ¼ = −1.386 is 22 steps of 1/16; −1 and −2 less ln(1 + 1/e + 1/e²) = 0.408 are 7, 23 and 39 steps.
    const values = Int8Array.of(5, 5, 5, 5, 10, 0, -10, -128);
    assert.deepEqual(reference(logarithm([2, 4], 0.1), values), [
      Int8Array.of(105, 105, 105, 105, 120, 104, 88, -100),
    ]);
  });

  it("gives the reference's bytes for random scales, with and without a table", async () => {
    const random = randomOf(11);
    const cases = Array.from({ length: 16 }, () =>
      logarithm([random.int(1, 5), random.int(1, 40)], 10 ** (random.real() * 6 - 4)),
    );
    await assertOverlapsHold(cases);
    await assertModulesMatch([...cases, logarithm([1, 4095], 1e-6), logarithm([7], 0.01)]);
    assert.deepEqual(await checkCases(cases), new Set(["log_softmax_s8"]));
  });

  it("has the logarithm of sums from 1 to 4,095, and the kernel the same", async () => {
    const kernel = (await kernelModule()).kernel("log_above_one");
    const random = randomOf(12);
    const sums = Array.from({ length: 2000 }, () => random.int(2 ** 19, 2 ** random.int(20, 31) - 1));
    for (const sum of [2 ** 19, 2 ** 19 + 1, 2 ** 30, 2 ** 31 - 1, ...sums]) {
      const found = logAboveOne(sum);
      const exact = Math.log(sum / 2 ** 19) * 2 ** 26;
      assert.ok(Math.abs(found - exact) < 2 ** 10, `ln ${sum / 2 ** 19}: ${found} instead of ${exact}`);
      assert.equal(kernel(sum), found);
    }
  });

  it("refuses other types, outputs, too many values and scales that vanish", () => {
    const entry = logarithm([1, 4], 0.1);
    assertRefused(
      { ...entry, outputs: [tensor([1, 4], 1 / 8, 127)] },
      /scale of 1\/16 .* found 0.125 and 127/,
    );
    assertRefused({ ...entry, outputs: [tensor([4], 1 / 16, 127)] }, /output of 1×4, found 4/);
    assertRefused({ ...entry, inputs: [tensor([1, 4], 0.1, 0, "int16")] }, /found int16 and int8/);
    assertRefused(logarithm([1, 4096], 0.1), /at most 4095 values/);
    assertRefused(logarithm([1, 4], 2 ** -26), /above 2\^-26/);
  });
});
