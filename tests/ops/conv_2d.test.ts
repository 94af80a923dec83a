import { strict as assert } from "node:assert";
import { TARGETS } from "../../codegen/plan/target.ts";
import { biasOf, filterOf, randomConvolution } from "./convolutions.ts";
import {
  assertGolden,
  assertGraphMatches,
  assertModulesMatch,
  assertRefused,
  type FileOperatorCase,
  graphOf,
  reference,
  tensor,
} from "./file_operator.ts";
import { assertOverlapsHold } from "./overlaps.ts";
import { randomOf } from "./random_values.ts";

const VALID = { padding: 1, strideHeight: 1, strideWidth: 1 };
const SAME = { ...VALID, padding: 0 };

/** 3×3 input of one channel, 2×2 filter; steps of 1 everywhere, so that results are whole sums. */
function small(output: readonly number[], options: Record<string, number>): FileOperatorCase {
  const filter = filterOf([1, 2, 2, 1], [1, 2, 3, 4], [1]);
  return {
    spelling: "CONV_2D",
    inputs: [tensor([1, 3, 3, 1], 1, 1), filter, biasOf([5])],
    outputs: [tensor(output, 1, -2)],
    options,
  };
}

const cases = (() => {
  const random = randomOf(3);
  const grouped = [
    { channels: 6, groups: 3 },
    { channels: 16, groups: 2 },
    { channels: 9, groups: 9 },
  ].map((choice) => randomConvolution(random, { kind: "CONV_2D", ...choice }));
  return [...grouped, ...Array.from({ length: 17 }, () => randomConvolution(random, { kind: "CONV_2D" }))];
})();

describe("conv_2d", () => {
  for (const name of [
    "conv2d_1x1",
    "conv2d_1x1_s2",
    "conv2d_batch3",
    "conv2d_c33",
    "conv2d_cin1",
    "conv2d_dil2_same",
    "conv2d_dil2_valid",
    "conv2d_dil3x1_valid",
    "conv2d_fullkernel",
    "conv2d_groups2",
    "conv2d_groups4_1x1",
    "conv2d_k2_same",
    "conv2d_k4_s2_same",
    "conv2d_nobias",
    "conv2d_per_tensor",
    "conv2d_rect_k1x5_s2x1",
    "conv2d_rect_k4x2_valid",
    "conv2d_relu",
    "conv2d_relu6",
    "conv2d_s1_valid",
    "conv2d_s2_same",
    "conv2d_s3_same_k5",
    "i16_conv2d_dil2",
    "i16_conv2d_s2_dil",
    "i16_conv2d_same",
  ])
    it(`gives the golden outputs of ${name}`, function () {
      assertGolden(this, name);
    });

  it("sums the window, with the smaller half of the padding first", () => {
    // Without the zero point of 1 the input is 0 … 8.
    const values = Int8Array.of(1, 2, 3, 4, 5, 6, 7, 8, 9);
    const sums = [0 + 2 + 9 + 16, 1 + 4 + 12 + 20, 3 + 8 + 18 + 28, 4 + 10 + 21 + 32];
    const valid = small([1, 2, 2, 1], VALID);
    assert.deepEqual(reference(valid, values), [Int8Array.from(sums, (sum) => sum + 5 - 2)]);
    const same = small([1, 3, 3, 1], SAME);
    const edges = [0 + 2 + 9 + 16, 1 + 4 + 12 + 20, 2 + 15, 3 + 8 + 18 + 28, 4 + 10 + 21 + 32, 5 + 24];
    const below = [6 + 14, 7 + 16, 8];
    assert.deepEqual(reference(same, values), [Int8Array.from([...edges, ...below], (sum) => sum + 3)]);
    const relu6 = { ...valid, options: { ...VALID, activation: 3 } };
    assert.deepEqual(reference(relu6, values), [Int8Array.of(4, 4, 4, 4)]);
    const dilated = small([1, 1, 1, 1], { ...VALID, dilationHeight: 2, dilationWidth: 2 });
    assert.deepEqual(reference(dilated, values), [Int8Array.of(0 + 4 + 18 + 32 + 3)]);
  });

  for (const target of [TARGETS.portable, TARGETS.node, TARGETS.wasm3]) {
    it(`gives the reference's bytes for random shapes on ${target.name}`, async () => {
      const kernels = await assertModulesMatch(cases, { target });
      assert.ok(kernels.has("conv_2d_s8"));
      assert.equal(kernels.has("conv_2d_s8_simd128"), target.simd === "128");
      assert.equal(kernels.has("conv_2d_s8_lanes"), target.lanes);
    });

    it(`gives the reference's bytes for extreme values on ${target.name}`, async () => {
      await assertModulesMatch(cases.slice(0, 8), { target, inputs: "extremes" });
    });

    it(`keeps them with the output over the input on ${target.name}`, async () => {
      await assertOverlapsHold(cases, target);
    });
  }

  it("gives the reference's bytes where the padding is wider than the kernel, as passes may leave it", async () => {
    const filter = filterOf(
      [5, 2, 3, 4],
      Int8Array.from({ length: 120 }, (_, index) => index * 37),
    );
    const wide = { padTop: 3, padBottom: 4, padLeft: 5, padRight: 4 };
    const graph = graphOf([
      {
        spelling: "CONV_2D",
        inputs: [tensor([2, 3, 4, 4]), filter],
        outputs: [tensor([2, 3, 4, 5])],
        options: SAME,
      },
    ]);
    const padded = {
      ...graph,
      tensors: graph.tensors.map((entry, id) => (id === 2 ? { ...entry, shape: [2, 9, 11, 5] } : entry)),
      operators: graph.operators.map((operator) => ({
        ...operator,
        attributes: { ...(operator.attributes as object), ...wide },
      })),
    };
    for (const target of [TARGETS.portable, TARGETS.node, TARGETS.wasm3])
      await assertGraphMatches(padded, { target });
  });

  it("refuses other types, weights and shapes", () => {
    const valid = small([1, 2, 2, 1], VALID);
    const [input = tensor([]), filter = tensor([]), bias = tensor([])] = valid.inputs;
    const withInputs = (...inputs: (typeof input)[]) => ({ ...valid, inputs });
    assertRefused(withInputs(tensor([9], 1), filter), /input and a filter of 4 dimensions, found 9 and/);
    assertRefused(
      withInputs(tensor([1, 3, 3, 1], 1, 0, "int16"), filter),
      /int8 input and output with an int8 or int4 filter/,
    );
    assertRefused(withInputs(input, tensor([1, 2, 2, 1], 1, 0)), /constant filter/);
    const skewed = { ...filter, quantization: { scales: [1], zeroPoints: [1], axis: 0 } };
    assertRefused(withInputs(input, skewed), /zero points of 0/);
    assertRefused(withInputs(input, filterOf([1, 2, 2, 1], [1, 2, 3, 4], [1, 1])), /expects 1 filter scale/);
    const sideways = filterOf([2, 1, 1, 1], [1, 2], [1, 1], 3);
    assertRefused(withInputs(input, sideways), /2 along dimension 0, found 2 along 3/);
    assertRefused(withInputs(input, filter, biasOf([1, 2])), /int32 bias of 1 values, found int32 2/);
    assertRefused(withInputs(input, filter, bias, bias), /found 4 inputs/);
    assertRefused(withInputs(input, filterOf([1, 2, 2, 2], Array(8).fill(1), [1])), /into groups/);
    assertRefused(small([1, 3, 2, 1], VALID), /output of 1×2×2×1 .* found 1×3×2×1/);
    assertRefused(withInputs(tensor([1, 1, 3, 1]), filter), /at least the kernel's size, found 1×1×3×1/);
    assertRefused(small([1, 2, 2, 1], { ...VALID, strideWidth: 0 }), /strideWidth from 1 to 1024, found 0/);
    assertRefused(small([1, 2, 2, 1], { ...VALID, activation: 4 }), /fused activation 4/);
    const { quantization: _, ...plain } = input;
    assertRefused(withInputs(plain, filter), /has no quantization/);
  });
});
