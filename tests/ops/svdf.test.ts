import { strict as assert } from "node:assert";
import { bytesOf, type Tensor } from "../../codegen/graph/tensor.ts";
import { assertGolden, assertModulesMatch, assertRefused, reference, tensor } from "./file_operator.ts";
import { randomOf } from "./random_values.ts";
import { randomConstants, svdf } from "./svdfs.ts";
import { checkCases } from "./variant_harness.ts";

const SIZES = { inputs: 2, units: 2, memory: 3 };
const zeroBytes = (plain: Tensor) =>
  new Uint8Array(plain.shape.reduce((product, size) => product * size, plain.dtype === "int32" ? 4 : 1));

/** One filter of weights 1 and 2, with time weights 1, 10, 100 and a bias of 5; all scales 1 and zero points as given. */
function byHand(stateZero: number, initial: Int8Array) {
  const quantization = (zeroPoint: number) => ({ scales: [1], zeroPoints: [zeroPoint], axis: 0 });
  const constant = (values: Int8Array | Int32Array) => ({
    data: bytesOf(values),
    quantization: quantization(0),
  });
  const entry = svdf({ inputs: 2, units: 1, memory: 3 }, zeroBytes, {
    parts: {
      0: { quantization: quantization(-1) },
      1: constant(Int8Array.of(1, 2)),
      2: constant(Int8Array.of(1, 10, 100)),
      3: constant(Int32Array.of(5)),
      4: { quantization: quantization(stateZero), state: { initial: bytesOf(initial) } },
    },
  });
  return { ...entry, outputs: [tensor([1, 1], 10, 7)] };
}

describe("svdf", () => {
  for (const name of ["svdf_state8_noact", "svdf_state8_relu", "svdf_state16_relu", "svdf_state16_relu_b"])
    it(`gives the golden outputs of ${name}`, function () {
      assertGolden(this, name);
    });

  it("moves its state and adds it up over time", () => {
    // (2 + 1) · 1 + (−4 + 1) · 2 = −3; 20 · 1 + 30 · 10 − 3 · 100 + 5 = 25, a tenth of it is 2.5, and 3 + 7 = 10.
    assert.deepEqual(reference(byHand(0, Int8Array.of(10, 20, 30)), Int8Array.of(2, -4)), [
      Int8Array.of(10),
      Int8Array.of(20, 30, -3),
    ]);
    // The same state seen from a zero point of 4.
    assert.deepEqual(reference(byHand(4, Int8Array.of(14, 24, 34)), Int8Array.of(2, -4)), [
      Int8Array.of(10),
      Int8Array.of(24, 34, 1),
    ]);
  });

  it("keeps a filter's result within its type before it adds the zero point, which wraps", () => {
    const [, state] = reference(byHand(4, Int8Array.of(0, 0, 0)), Int8Array.of(127, 127));
    assert.deepEqual(state, Int8Array.of(0, 0, -125));
  });

  it("runs its kernel on every size, with and without a bias, and keeps state between inferences", async () => {
    const random = randomOf(3);
    const cases = (["int8", "int16"] as const).flatMap((state) =>
      [
        { inputs: 1, units: 1, memory: 1 },
        { inputs: 7, units: 3, rank: 2, memory: 4 },
        { batches: 2, inputs: 5, units: 2, rank: 3, memory: 2 },
        { batches: 3, inputs: 16, units: 4, memory: 1 },
      ].map((sizes, index) => svdf(sizes, randomConstants(random), { state, bias: index !== 1 })),
    );
    assert.deepEqual(await checkCases(cases), new Set(["svdf_s8"]));
    await assertModulesMatch(cases);
  });

  it("refuses sizes, types and scales that do not fit together", () => {
    const spoilt = (parts: Readonly<Record<number, Partial<Tensor>>>) => svdf(SIZES, zeroBytes, { parts });
    assertRefused(
      { ...svdf(SIZES, zeroBytes), options: { rank: 0 } },
      /2 filters to be a multiple of its rank, found 0/,
    );
    assertRefused({ ...svdf(SIZES, zeroBytes), options: { rank: 4 } }, /multiple of its rank, found 4/);
    assertRefused(spoilt({ 1: { shape: [2, 3] } }), /expects a tensor of 2×2, found 2×3/);
    assertRefused(spoilt({ 4: { shape: [1, 7] } }), /expects a tensor of 1×6, found 1×7/);
    assertRefused(spoilt({ 3: { shape: [3] } }), /expects a tensor of 2, found 3/);
    assertRefused(
      spoilt({ 4: { dtype: "int16" } }),
      /both int8 or both int16.*found int8, int8, int8, int16/,
    );
    assertRefused(spoilt({ 0: { dtype: "float32" } }), /found float32.*Re-quantize the model to int8/);
    const { data, ...computed } = tensor([2, 2], 0.012, 0) as Tensor;
    assertRefused(
      {
        ...svdf(SIZES, zeroBytes),
        inputs: svdf(SIZES, zeroBytes).inputs.map((t, at) => (at === 1 ? computed : t)),
      },
      /constant feature weights, found computed/,
    );
    const { quantization, ...plain } = tensor([1, 2]);
    assertRefused({ ...svdf(SIZES, zeroBytes), outputs: [plain] }, /"t_\d+" has no quantization/);
    const perChannel = { quantization: { scales: [1, 1], zeroPoints: [0, 0], axis: 0 } };
    assertRefused(spoilt({ 1: perChannel }), /one scale and zero point 0 for its feature weights, found 2/);
    const off = { quantization: { scales: [0.0007], zeroPoints: [0], axis: 0 } };
    assertRefused(spoilt({ 3: off }), /a bias of scale 0\.0006.*found 0\.0007/);
  });
});
