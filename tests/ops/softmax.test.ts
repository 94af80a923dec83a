import { strict as assert } from "node:assert";
import { TARGETS } from "../../codegen/plan/target.ts";
import { assertGolden, assertModulesMatch, assertRefused, reference, tensor } from "./file_operator.ts";
import { assertOverlapsHold } from "./overlaps.ts";
import { extremeValues, randomOf } from "./random_values.ts";
import { checkCases } from "./variant_harness.ts";

const soft = (shape: readonly number[], scale: number, beta = 1) => ({
  spelling: "SOFTMAX",
  inputs: [tensor(shape, scale)],
  outputs: [tensor(shape, 1 / 256, -128)],
  options: { beta },
});

describe("softmax", () => {
  for (const name of [
    "softmax_2d",
    "softmax_3d",
    "softmax_4d",
    "softmax_n1000",
    "dense_softmax",
    "mlp",
    "i16_softmax",
  ])
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
    const long = [soft([1, 4095], 1e-6), soft([1, 1023], 1e-6), soft([1, 1024], 1e-6), soft([1, 600], 0.01)];
    await assertModulesMatch([...cases, ...long]);
    const vectors = await assertModulesMatch([...cases, ...long], { target: TARGETS.node });
    assert.deepEqual(vectors, new Set(["softmax_s8", "softmax_s8_simd128"]));
    await assertOverlapsHold(cases, TARGETS.node);
    assert.deepEqual(await checkCases([...cases, ...long]), vectors);
    await checkCases([...cases, ...long], { contents: extremeValues });
  });

  it("gives int16 shares of int8 values", async () => {
    const entry = (shape: readonly number[], scale: number) => ({
      ...soft(shape, scale),
      outputs: [tensor(shape, 2 ** -16, -32768, "int16")],
    });
    assert.deepEqual(reference(entry([2, 4], 0.1), Int8Array.of(5, 5, 5, 5, -128, -128, -128, 127)), [
      Int16Array.of(-16384, -16384, -16384, -16384, -32768, -32768, -32768, 32767),
    ]);
    const cases = [entry([3, 7], 0.1), entry([1, 300], 0.003), entry([4, 1], 2)];
    assert.deepEqual(await assertModulesMatch(cases), new Set(["softmax_s8"]));
    assert.deepEqual(await checkCases(cases), new Set(["softmax_s8"]));
  });

  it("gives int16 shares of int16 values", async () => {
    const entry = (shape: readonly number[], scale: number, beta = 1) => ({
      ...soft(shape, scale, beta),
      inputs: [tensor(shape, scale, 0, "int16")],
      outputs: [tensor(shape, 2 ** -15, 0, "int16")],
    });
    // Exponentials end at e^−10, which is 2 of 32768.
    assert.deepEqual(reference(entry([2, 4], 0.01), Int16Array.of(5, 5, 5, 5, 0, 0, -32768, 32767)), [
      Int16Array.of(8192, 8192, 8192, 8192, 2, 2, 2, 32761),
    ]);
    const random = randomOf(10);
    const cases = Array.from({ length: 8 }, () =>
      entry([random.int(1, 4), random.int(1, 40)], 10 ** (random.real() * 5 - 5), random.pick([1, 0.3, 4])),
    );
    assert.deepEqual(await assertModulesMatch(cases), new Set(["softmax_s16"]));
    await assertOverlapsHold(cases);
    assert.deepEqual(await checkCases([...cases, entry([1, 65535], 1e-5)]), new Set(["softmax_s16"]));
    assertRefused(entry([1, 65536], 0.1), /at most 65535 values/);
    assertRefused(entry([1, 4], 5.1), /beta × input scale below 5, found 5.1/);
    assertRefused({ ...entry([4], 1), outputs: [tensor([4], 2 ** -14, 0, "int16")] }, /scale of 1\/32768/);
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
