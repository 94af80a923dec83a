import { strict as assert } from "node:assert";
import { cumsum } from "../../codegen/ops/cumsum.ts";
import {
  assertGolden,
  assertModulesMatch,
  assertRefused,
  type FileOperatorCase,
  numbers,
  reference,
  tensor,
} from "./file_operator.ts";
import { assertOverlapsHold } from "./overlaps.ts";
import { extremeValues, finiteValues, type Random, randomOf, randomValues } from "./random_values.ts";
import { checkCases, checkVariants, layer } from "./variant_harness.ts";

interface Running {
  readonly shape: readonly number[];
  readonly axis: number;
  readonly dtype?: "int8" | "int32" | "int64" | "float32";
  readonly from?: readonly [number, number];
  readonly to?: readonly [number, number];
  readonly exclusive?: number;
  readonly reverse?: number;
}

function running({
  shape,
  axis,
  dtype = "int8",
  from = [0.05, 0],
  to = from,
  ...options
}: Running): FileOperatorCase {
  return {
    spelling: "CUMSUM",
    inputs: [tensor(shape, ...from, dtype), numbers(axis)],
    outputs: [tensor(shape, ...to, dtype)],
    options,
  };
}

function randomCases(dtype: "int8" | "float32", count: number): FileOperatorCase[] {
  const random = randomOf(34);
  return Array.from({ length: count }, () => {
    const shape = Array.from({ length: random.int(1, 4) }, () => random.int(1, 6));
    const axis = random.int(-shape.length, shape.length - 1);
    const from = [random.pick([0.05, 0.3]), random.int(-128, 127)] as const;
    const to = [random.pick([0.2, 0.5, 0.05]), random.int(-128, 127)] as const;
    return running({ shape, axis, dtype, from, to, exclusive: random.int(0, 1), reverse: random.int(0, 1) });
  });
}

describe("cumsum", () => {
  it("gives the golden outputs of cumsum", function () {
    assertGolden(this, "cumsum");
  });

  it("sums forwards or backwards, with or without the element's own value", () => {
    const whole = { shape: [2, 3], axis: 1, dtype: "int32" } as const;
    const values = Int32Array.of(1, 2, 3, 2 ** 31 - 1, 1, 1);
    const sums = (options: Partial<Running>) => reference(running({ ...whole, ...options }), values)[0];
    assert.deepEqual(sums({}), Int32Array.of(1, 3, 6, 2 ** 31 - 1, -(2 ** 31), -(2 ** 31) + 1));
    assert.deepEqual(sums({ exclusive: 1 }), Int32Array.of(0, 1, 3, 0, 2 ** 31 - 1, -(2 ** 31)));
    assert.deepEqual(sums({ reverse: 1 }), Int32Array.of(6, 5, 3, -(2 ** 31) + 1, 2, 1));
    assert.deepEqual(sums({ axis: 0 }), Int32Array.of(1, 2, 3, -(2 ** 31), 3, 4));
    const longs = reference(
      running({ shape: [2], axis: 0, dtype: "int64" }),
      BigInt64Array.of(2n ** 60n, 1n),
    );
    assert.deepEqual(longs, [BigInt64Array.of(2n ** 60n, 2n ** 60n + 1n)]);
    const floats = running({ shape: [3], axis: 0, dtype: "float32" });
    assert.deepEqual(reference(floats, Float32Array.of(2 ** 24, 1, 1)), [
      Float32Array.of(2 ** 24, 2 ** 24, 2 ** 24),
    ]);
  });

  it("rescales int8, and starts from the negative zero point as TFLite Micro does", () => {
    // Reals 0.5, 1 and 1.5 in steps of 0.5 from 10: 1, 3 and 6 steps.
    const even = running({ shape: [3], axis: 0, from: [0.5, 0], to: [0.5, 10] });
    assert.deepEqual(reference(even, Int8Array.of(1, 2, 3)), [Int8Array.of(11, 13, 16)]);
    const shifted = running({ shape: [3], axis: 0, from: [0.5, 4], to: [0.5, 10] });
    assert.deepEqual(reference(shifted, Int8Array.of(5, 6, 7)), [Int8Array.of(7, 9, 12)]);
  });

  it("gives the reference's bytes for random shapes, with every kernel that fits", async () => {
    const int8 = randomCases("int8", 24);
    assert.deepEqual(await assertModulesMatch(int8), new Set(["cumsum"]));
    await assertOverlapsHold(int8);
    for (const contents of [randomValues, extremeValues])
      assert.deepEqual(await checkCases(int8, { contents }), new Set(["cumsum"]));
    const floats = await checkCases(randomCases("float32", 12), { contents: finiteValues });
    assert.deepEqual(floats, new Set(["cumsum"]));
  });

  it("wraps int8 sums that do not fit 32 bits", async () => {
    const long = [
      running({ shape: [40], axis: 0, from: [0.5, -128] }),
      running({ shape: [40], axis: 0, from: [0.5, 127] }),
    ];
    assert.deepEqual(await checkCases(long, { contents: extremeValues }), new Set(["cumsum"]));
  });

  it("refuses other types, shapes and axes", () => {
    const entry = running({ shape: [2, 3], axis: 1 });
    assertRefused(running({ shape: [2, 3], axis: 2 }), /axis from -2 to 1, found 2/);
    assertRefused({ ...entry, outputs: [tensor([3, 2])] }, /output of 2×3, found 3×2/);
    assertRefused({ ...entry, outputs: [tensor([2, 3], 1, 0, "int32")] }, /found int8 and int32/);
    assertRefused({ ...entry, inputs: [tensor([2, 3], 1, 0, "bool"), numbers(1)] }, /found bool/);
  });

  it("adds exactly where sums are rounded once, over any number of values", async () => {
    const draw = (random: Random) => {
      const shape = [random.int(1, 3), random.int(1, 60), random.int(1, 3)];
      const input = tensor(shape, random.pick([0.01, 0.3]), random.int(-128, 127));
      const output = tensor(shape, random.pick([0.01, 0.4, 2]), random.int(-128, 127));
      const [exclusive, reverse] = [random.int(0, 1) === 1, random.int(0, 1) === 1];
      const attributes = { axis: random.int(0, 2), exclusive, reverse, rounding: "once" as const };
      return {
        layer: layer("cumsum", attributes, [input], [output]),
        inputs: [randomValues(input, random)],
      };
    };
    assert.deepEqual(await checkVariants(cumsum, draw, { rounds: 30, seed: 5 }), new Set(["cumsum"]));
    const [x, y] = [tensor([40], 0.3, 5), tensor([40], 2, -100)];
    const entry = layer(
      "cumsum",
      { axis: 0, exclusive: false, reverse: false, rounding: "once" as const },
      [x],
      [y],
    );
    cumsum.check(entry);
    // 40 · 122 · 0.3 / 2 = 732 steps are cut off; 0.3 / 2 · 122 is 18.3.
    const [sums] = cumsum.evaluate(entry, [new Int8Array(40).fill(127)]);
    assert.deepEqual(Array.from(sums ?? [], Number).slice(0, 3), [-82, -63, -45]);
    assert.equal(sums?.at(-1), 127);
  });
});
