import { strict as assert } from "node:assert";
import type { DType } from "../../codegen/graph/tensor.ts";
import {
  assertModulesMatch,
  assertRefused,
  type FileOperatorCase,
  reference,
  tensor,
} from "./file_operator.ts";
import { randomOf } from "./random_values.ts";
import { checkCases } from "./variant_harness.ts";

const dequantized = (
  dtype: DType,
  scale: number,
  zeroPoint: number,
  shape: readonly number[] = [40],
): FileOperatorCase => ({
  spelling: "DEQUANTIZE",
  inputs: [tensor(shape, scale, zeroPoint, dtype)],
  outputs: [tensor(shape, 1, 0, "float32")],
});

describe("dequantize", () => {
  it("gives the reals as float32", () => {
    const int8 = dequantized("int8", 0.5, -1, [3]);
    assert.deepEqual(reference(int8, Int8Array.of(-128, -1, 127)), [Float32Array.of(-63.5, 0, 64)]);
    const uint8 = dequantized("uint8", Math.fround(0.1), 200, [2]);
    assert.deepEqual(reference(uint8, Uint8Array.of(0, 255)), [
      Float32Array.of(Math.fround(0.1) * -200, Math.fround(0.1) * 55),
    ]);
    assert.deepEqual(reference(dequantized("int16", 2, 0, [1]), Int16Array.of(-32768)), [
      Float32Array.of(-65536),
    ]);
  });

  it("gives the reference's bytes for all types", async () => {
    const random = randomOf(16);
    const cases = (["int8", "uint8", "int16"] as const).flatMap((dtype) =>
      [0.003, 0.1, 1 / 3, 1e-7].map((scale) =>
        dequantized(dtype, Math.fround(scale), dtype === "int16" ? 0 : random.int(0, 127), [
          random.int(1, 40),
        ]),
      ),
    );
    assert.deepEqual(await assertModulesMatch(cases), new Set(["dequantize_f32"]));
    await assertModulesMatch(cases, { inputs: "extremes" });
    assert.deepEqual(await checkCases(cases), new Set(["dequantize_f32"]));
  });

  it("refuses other types and shapes", () => {
    assertRefused(dequantized("int32", 1, 0), /int8, uint8, int16 in and float32 out, found int32/);
    const entry = dequantized("int8", 1, 0);
    assertRefused({ ...entry, outputs: [tensor([40])] }, /found int8 and int8/);
    assertRefused({ ...entry, outputs: [tensor([3], 1, 0, "float32")] }, /output of 40, found 3/);
    const { quantization: _, ...plain } = tensor([40]);
    assertRefused({ ...entry, inputs: [plain] }, /has no quantization/);
  });
});
