import { strict as assert } from "node:assert";
import { bytesOf, elementCount, type Tensor } from "../../codegen/graph/tensor.ts";
import { TARGETS } from "../../codegen/plan/target.ts";
import { assertGolden, assertModulesMatch, assertRefused, reference, tensor } from "./file_operator.ts";
import { assertOverlapsHold } from "./overlaps.ts";
import { extremeValues, type Random, randomOf, randomValues } from "./random_values.ts";
import { sequenceLstm } from "./sequence_lstms.ts";
import { checkCases } from "./variant_harness.ts";

const SIZES = { steps: 2, inputs: 2, units: 3 };

/** Weights of any bytes, biases small enough to matter. */
function randomConstants(random: Random): (tensor: Tensor) => Uint8Array {
  return (plain) =>
    plain.dtype === "int32"
      ? bytesOf(Int32Array.from({ length: elementCount(plain.shape) }, () => random.int(-20_000, 20_000)))
      : bytesOf(randomValues(plain, random));
}

const nothing = (plain: Tensor) =>
  bytesOf(
    plain.dtype === "int32"
      ? new Int32Array(elementCount(plain.shape))
      : new Int8Array(elementCount(plain.shape)),
  );

/**
 * One unit without weights, its gates opened or shut by the biases (input, forget, cell, output) at positions 12 to 15; a
 * sum of 2^12 counts 1. The input's scale times the weights' is 2^-12 for each gate.
 */
function byBiases(biases: readonly number[], cell: number, clip = 0) {
  const quantization = { scales: [2 ** -6], zeroPoints: [0], axis: 0 };
  const weights = Object.fromEntries([1, 2, 3, 4].map((at) => [at, { quantization }]));
  return sequenceLstm(
    { steps: 2, inputs: 1, units: 1 },
    (plain, at) => (plain.dtype === "int32" ? bytesOf(Int32Array.of(biases[at - 12] ?? 0)) : nothing(plain)),
    {
      input: [2 ** -6, 0],
      hidden: [2 ** -7, -20],
      cell: 2 ** -12,
      options: { cellClip: clip },
      parts: { ...weights, 19: { state: { initial: bytesOf(Int16Array.of(cell)) } } },
    },
  );
}

const OPEN = 32767;
const SHUT = -32768;

describe("unidirectional_sequence_lstm", () => {
  for (const name of ["lstm_fused", "lstm_fused_seq", "lstm_stack2_dense", "lstm_bidirectional"])
    it(`gives the golden outputs of ${name}`, function () {
      assertGolden(this, name);
    });

  it("gives the first golden outputs of trained_lstm_int8_taps", function () {
    assertGolden(this, "trained_lstm_int8_taps", 2);
  });

  it("adds to its cell and shows it", () => {
    // σ(8) is 32757 in Q15, tanh 8 is 32767: each step adds 32757 · 32767 · 2^-30 · 2^12 = 4094.5, so 4095.
    const [sequence, hidden, cell] = reference(byBiases([OPEN, OPEN, OPEN, OPEN], 0), Int8Array.of(0, 0));
    assert.deepEqual(
      cell,
      Int16Array.of(8189),
      "the first step's 4095 times 32757 / 32768 is 4093.6, so 4094",
    );
    // tanh 1 = 0.7616 and tanh 2 = 0.9640 in units of 2^-7, from the zero point −20 on.
    assert.deepEqual(sequence, Int8Array.of(97 - 20, 123 - 20));
    assert.deepEqual(hidden, Int8Array.of(123 - 20));
  });

  it("keeps its cell where it neither forgets nor writes, shows nothing, forgets all", () => {
    const [shut, , kept] = reference(byBiases([SHUT, OPEN, 0, SHUT], 4096), Int8Array.of(0, 0));
    assert.deepEqual(shut, Int8Array.of(-20, -20));
    // Twice times 32757 / 32768: 4094.6, so 4095, and 4093.6, so 4094.
    assert.deepEqual(kept, Int16Array.of(4094));
    const [, , gone] = reference(byBiases([SHUT, SHUT, OPEN, OPEN], 100), Int8Array.of(0, 0));
    assert.deepEqual(gone, Int16Array.of(1), "σ(−8) is 11 / 32768, and 11 · 32767 · 2^-18 is 1.4");
  });

  it("clips the cell", () => {
    const [, , up] = reference(byBiases([OPEN, OPEN, OPEN, OPEN], 0, 0.5), Int8Array.of(0, 0));
    assert.deepEqual(up, Int16Array.of(2048));
    const [, , down] = reference(byBiases([OPEN, OPEN, SHUT, OPEN], 0, 0.5), Int8Array.of(0, 0));
    assert.deepEqual(down, Int16Array.of(-2048));
    const [, , free] = reference(byBiases([OPEN, OPEN, SHUT, OPEN], -32768), Int8Array.of(0, 0));
    assert.deepEqual(free, Int16Array.of(-32768));
  });

  const random = randomOf(5);
  const cases = [
    { sizes: { steps: 1, inputs: 1, units: 1 } },
    { sizes: { steps: 4, inputs: 3, units: 5 }, options: { cellClip: 0.7 } },
    { sizes: { batches: 2, steps: 3, inputs: 5, units: 2 }, cell: 2 ** -11 },
    { sizes: { batches: 3, steps: 2, inputs: 2, units: 4 }, options: { timeMajor: 1 }, cell: 2 ** -16 },
    { sizes: { steps: 5, inputs: 9, units: 4 }, hidden: [0.0078, 0], input: [0.004, -128] },
    { sizes: { steps: 2, inputs: 16, units: 11 } },
  ] as const satisfies readonly object[];
  const operators = cases.map(({ sizes, ...more }) => sequenceLstm(sizes, randomConstants(random), more));

  it("runs its kernels on batches and steps in both orders, and keeps state between inferences", async () => {
    const kernels = ["", "_simd128", "_lanes"].map((suffix) => `unidirectional_sequence_lstm_s8${suffix}`);
    for (const contents of [randomValues, extremeValues])
      assert.deepEqual(await checkCases(operators, { contents }), new Set(kernels));
    await assertModulesMatch(operators);
    await assertModulesMatch(operators, { target: TARGETS.node });
    await assertModulesMatch(operators, { target: TARGETS.wasm3 });
  });

  it("may write over rows of its input that it has read", () => assertOverlapsHold(operators));

  it("refuses LSTMs of other kinds", () => {
    const other = (parts: Readonly<Record<number, Partial<Tensor> | undefined>>, options = {}) =>
      sequenceLstm(SIZES, nothing, { parts, options });
    assertRefused(other({ 10: {} }), /found one with peephole weights/);
    assertRefused(other({ 16: {} }), /found one with a projection/);
    assertRefused(other({ 23: {} }), /found one with layer normalization/);
    assertRefused(
      other({ 1: undefined }),
      /8 weights, 4 biases and 2 states, found 14 tensors of 15.*without CIFG/,
    );
    assertRefused(other({}, { activation: 1 }), /activation TANH \(4\), found 1/);
    assertRefused(other({}, { cellClip: -1 }), /cell clip of at least 0, found -1/);
  });

  it("refuses shapes, types and scales that do not fit together", () => {
    const spoilt = (parts: Readonly<Record<number, Partial<Tensor>>>) =>
      sequenceLstm(SIZES, nothing, { parts });
    assertRefused(spoilt({ 0: { shape: [2, 2] } }), /a sequence of 3 dimensions, found 2×2/);
    assertRefused(
      { ...sequenceLstm(SIZES, nothing), outputs: [tensor([1, 2, 4])] },
      /an output of 1×2×3, found 1×2×4/,
    );
    assertRefused(
      spoilt({ 0: { dtype: "int16" } }),
      /sequence of int8, found int16.*Quantize the model to int8/,
    );
    assertRefused(spoilt({ 2: { shape: [3, 3] } }), /weights of the forget gate of 3×2, found 3×3/);
    assertRefused(spoilt({ 7: { shape: [3] } }), /state weights of the cell gate of 3×3, found 3/);
    assertRefused(spoilt({ 15: { dtype: "int64" } }), /biases of the output gate of int32, found int64/);
    assertRefused(spoilt({ 18: { shape: [1, 4] } }), /a state of 3 values, found 1×4/);
    assertRefused(spoilt({ 19: { dtype: "int8" } }), /state of int16, found int8/);
    const scales = (...values: number[]) => ({
      quantization: { scales: values, zeroPoints: values.map(() => 0), axis: 0 },
    });
    assertRefused(
      spoilt({ 4: scales(1, 1, 1) }),
      /one scale and zero point 0 for the weights of the output gate, found 3/,
    );
    assertRefused(spoilt({ 19: scales(8) }), /a scale from 2\^-43 to 2, found 8/);
    const computed = sequenceLstm(SIZES, nothing).inputs.map((plain, at) => {
      if (at !== 3 || !plain) return plain;
      const { data, ...rest } = plain;
      return rest;
    });
    assertRefused(
      { ...sequenceLstm(SIZES, nothing), inputs: computed },
      /constant weights of the cell gate, found computed/,
    );
  });
});
