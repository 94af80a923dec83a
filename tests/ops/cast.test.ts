import { strict as assert } from "node:assert";
import type { DType } from "../../codegen/graph/tensor.ts";
import { assertModulesMatch, assertRefused, reference, tensor } from "./file_operator.ts";
import type { randomOf } from "./random_values.ts";
import { checkCases } from "./variant_harness.ts";

const TYPES: readonly DType[] = ["int8", "uint8", "int16", "int32", "int64", "float32", "bool"];

const cast = (from: DType, to: DType, count = 7) => ({
  spelling: "CAST",
  inputs: [tensor([count], 1, 0, from)],
  outputs: [tensor([count], 1, 0, to)],
});

describe("cast", () => {
  it("keeps an integer's low bytes, and makes bools 0 or 1", async () => {
    const integers = Int32Array.of(0, -1, 127, 128, 300, -129, 2 ** 31 - 1);
    assert.deepEqual(reference(cast("int32", "int8"), integers), [
      Int8Array.of(0, -1, 127, -128, 44, 127, -1),
    ]);
    assert.deepEqual(reference(cast("int32", "bool"), integers), [Uint8Array.of(0, 1, 1, 1, 1, 1, 1)]);
    assert.deepEqual(reference(cast("int32", "float32"), integers), [
      Float32Array.of(0, -1, 127, 128, 300, -129, 2 ** 31),
    ]);
    // The last but one lies between two floats but for its last bit, which a double has no place for.
    const longs = BigInt64Array.of(
      0n,
      3n,
      -1n,
      2047n,
      -(2n ** 24n) - 2n,
      2n ** 60n + 2n ** 36n + 1n,
      2n ** 60n + 2n ** 36n,
    );
    assert.deepEqual(reference(cast("int64", "float32"), longs), [
      Float32Array.of(0, 3, -1, 2047, -(2 ** 24) - 2, 2 ** 60 + 2 ** 37, 2 ** 60),
    ]);
    await checkCases([cast("int64", "float32")], { contents: () => longs });
    assert.deepEqual(reference(cast("uint8", "int64", 1), Uint8Array.of(200)), [BigInt64Array.of(200n)]);
  });

  it("cuts off a float's fraction, and what is beyond the type", () => {
    const floats = Float32Array.of(1.9, -1.9, 0.5, 1e20, -1e20, Number.NaN, -Infinity);
    assert.deepEqual(reference(cast("float32", "int8"), floats), [
      Int8Array.of(1, -1, 0, 127, -128, 0, -128),
    ]);
    assert.deepEqual(reference(cast("float32", "uint8"), floats), [Uint8Array.of(1, 0, 0, 255, 0, 0, 0)]);
    assert.deepEqual(reference(cast("float32", "int32"), floats), [
      Int32Array.of(1, -1, 0, 2 ** 31 - 1, -(2 ** 31), 0, -(2 ** 31)),
    ]);
    assert.deepEqual(reference(cast("float32", "bool"), floats), [Uint8Array.of(1, 1, 1, 1, 1, 1, 1)]);
  });

  it("gives the reference's bytes between all types", async () => {
    const cases = TYPES.flatMap((from) => TYPES.map((to) => cast(from, to, 24)));
    await checkCases(cases);
    await assertModulesMatch([cast("float32", "int8"), cast("int32", "bool"), cast("int16", "float32")]);
  });

  it("gives the reference's bytes for floats near the ends of types", async () => {
    const ends = TYPES.map((to) => cast("float32", to, 40));
    const near = (_: unknown, random: ReturnType<typeof randomOf>) =>
      Float32Array.from({ length: 40 }, () => {
        const end = random.pick([0, 127, 128, 255, 256, 32767, 2 ** 31, 2 ** 63, Number.NaN, Infinity]);
        return (end + random.pick([-1, -0.5, 0, 0.5, 1])) * random.pick([1, -1]);
      });
    await checkCases(ends, { contents: near });
  });

  it("refuses another number of elements", () => {
    assertRefused(
      { ...cast("int8", "int32"), outputs: [tensor([6], 1, 0, "int32")] },
      /output of 7, found 6/,
    );
  });
});
