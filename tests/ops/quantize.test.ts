import { strict as assert } from "node:assert";
import type { DType, Tensor } from "../../codegen/graph/tensor.ts";
import { TARGETS } from "../../codegen/plan/target.ts";
import {
  assertGolden,
  assertModulesMatch,
  assertRefused,
  type FileOperatorCase,
  reference,
  tensor,
} from "./file_operator.ts";
import { assertOverlapsHold } from "./overlaps.ts";
import { randomOf } from "./random_values.ts";
import { checkCases } from "./variant_harness.ts";

type Numbers = readonly [dtype: DType, scale?: number, zeroPoint?: number];

/** As files have them: scales are float32, and int32 tensors may have some too. */
function numbersTensor([dtype, scale = 0.05, zeroPoint = 3]: Numbers, shape: readonly number[]): Tensor {
  const quantization = { scales: [Math.fround(scale)], zeroPoints: [zeroPoint], axis: 0 };
  return { ...tensor(shape, 1, 0, dtype), ...(dtype === "float32" ? {} : { quantization }) };
}

const quantized = (from: Numbers, to: Numbers, shape: readonly number[] = [256]): FileOperatorCase => ({
  spelling: "QUANTIZE",
  inputs: [numbersTensor(from, shape)],
  outputs: [numbersTensor(to, shape)],
});

const cases = (() => {
  const random = randomOf(15);
  const inputs = ["int8", "uint8", "int16", "float32"] as const;
  const outputs = ["int8", "uint8", "int16", "int32"] as const;
  const zeroPoint = (dtype: DType) =>
    dtype === "uint8" ? random.int(0, 255) : dtype === "int8" ? random.int(-128, 127) : 0;
  return inputs.flatMap((from) =>
    outputs
      .filter((to) => from !== "float32" || to !== "int32")
      .flatMap((to) =>
        [0.003, 0.05, 3].map((scale) => {
          const source = [from, 0.05, zeroPoint(from)] as const;
          return quantized(source, [to, scale, zeroPoint(to)], [random.int(1, 40)]);
        }),
      ),
  );
})();

describe("quantize", () => {
  it("gives the golden outputs of requantize_chain", function () {
    assertGolden(this, "requantize_chain");
  });

  it("changes scales and types", () => {
    // Reals −64, −1.5, 0, 63.5; in steps of 1 from −10, and in steps of 0.25 from 130.
    const values = Int8Array.of(-128, -3, 0, 127);
    const int8 = quantized(["int8", 0.5, 0], ["int8", 1, -10], [4]);
    assert.deepEqual(reference(int8, values), [Int8Array.of(-74, -11, -10, 54)]);
    const uint8 = quantized(["int8", 0.5, 0], ["uint8", 0.25, 130], [4]);
    assert.deepEqual(reference(uint8, values), [Uint8Array.of(0, 124, 130, 255)]);
    const shifted = quantized(["uint8", 0.5, 128], ["int8", 0.5, 0], [3]);
    assert.deepEqual(reference(shifted, Uint8Array.of(0, 128, 255)), [Int8Array.of(-128, 0, 127)]);
    const wide = quantized(["int16", 0.5, 0], ["int32", 0.125, 0], [2]);
    assert.deepEqual(reference(wide, Int16Array.of(-32768, 5)), [Int32Array.of(-131072, 20)]);
  });

  it("rounds floats half away from zero and keeps them in range", () => {
    const values = [0.25, -0.25, 0.24, 1e30, -1e30, Infinity, -Infinity, NaN];
    const entry = quantized(["float32"], ["int8", 0.5, 3], [8]);
    const expected = Int8Array.of(4, 2, 3, 127, -128, 127, -128, 3);
    assert.deepEqual(reference(entry, Float32Array.from(values)), [expected]);
  });

  it("gives the reference's bytes for all types", async () => {
    const kernels = await assertModulesMatch(cases);
    assert.deepEqual([...kernels].sort(), ["lookup_table_s8", "quantize_f32", "requantize_elements"]);
    const vectors = await assertModulesMatch(cases, { target: TARGETS.node });
    assert.ok(vectors.has("quantize_f32_simd128"));
    await assertOverlapsHold(cases);
  });

  it("gives the reference's bytes with every kernel that fits", async () => {
    const floats = ["quantize_f32", "quantize_f32_simd128"];
    const kernels = new Set(["lookup_table_s8", ...floats, "requantize_elements"]);
    assert.deepEqual(await checkCases(cases), kernels);
    // Between equal types a table is cheaper, so that no plan takes the loop.
    const between = await checkCases([quantized(["int8", 0.05, -7], ["int8", 0.003, 9])]);
    assert.deepEqual(between, new Set(["lookup_table_s8", "requantize_elements"]));
  });

  it("gives the reference's bytes for floats that are halves and their neighbours", async () => {
    const near = (value: number) => {
      const bits = new Int32Array(Float32Array.of(value).buffer)[0] ?? 0;
      return new Float32Array(Int32Array.of(bits - 1, bits, bits + 1).buffer);
    };
    const halves = Array.from({ length: 40 }, (_, index) => (index - 20) * 0.25).filter((x) => x !== 0);
    const edges = [127.25, -128.25, 5e8, -5e8, 2 ** 31, -(2 ** 31), 2 ** 32];
    const values = Float32Array.from([...halves, ...edges, -0, 0, NaN].flatMap((x) => [...near(x)]));
    const constant = { ...tensor([values.length], 1, 0, "float32"), data: new Uint8Array(values.buffer) };
    for (const scale of [0.5, Math.fround(0.3)]) {
      for (const target of [TARGETS.portable, TARGETS.node]) {
        const outputs = [tensor([values.length], scale, -7), tensor([values.length], scale, 0, "int16")];
        await assertModulesMatch(
          outputs.map((output) => ({ spelling: "QUANTIZE", inputs: [constant], outputs: [output] })),
          { target },
        );
      }
    }
  });

  it("refuses other types and shapes", () => {
    assertRefused(quantized(["int32"], ["int8"]), /int8, uint8, int16, float32 in .* found int32 and int8/);
    assertRefused(quantized(["int8"], ["float32"]), /found int8 and float32/);
    assertRefused(quantized(["float32"], ["int32"]), /float32 to become int8, uint8 or int16, found int32/);
    assertRefused({ ...quantized(["int8"], ["int8"]), outputs: [tensor([3])] }, /output of 256, found 3/);
    const { quantization: _, ...plain } = tensor([256]);
    assertRefused({ ...quantized(["int8"], ["int8"]), inputs: [plain] }, /has no quantization/);
  });
});
