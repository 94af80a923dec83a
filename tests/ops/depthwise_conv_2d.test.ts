import { strict as assert } from "node:assert";
import { TARGETS } from "../../codegen/plan/target.ts";
import { biasOf, filterOf, randomConvolution } from "./convolutions.ts";
import {
  assertGolden,
  assertModulesMatch,
  assertRefused,
  type FileOperatorCase,
  reference,
  tensor,
} from "./file_operator.ts";
import { assertOverlapsHold } from "./overlaps.ts";
import { extremeValues, randomOf, randomValues } from "./random_values.ts";
import { checkCases } from "./variant_harness.ts";

const VALID = { padding: 1, strideHeight: 1, strideWidth: 1 };

/** 2×2 input of two channels, 2×1 filter of two outputs a channel; steps of 1 everywhere. */
function small(
  output: readonly number[],
  options: Record<string, number> = VALID,
  filter = filterOf([1, 2, 1, 4], [1, 2, 3, 4, 5, 6, 7, 8], [1]),
): FileOperatorCase {
  return {
    spelling: "DEPTHWISE_CONV_2D",
    inputs: [tensor([1, 2, 2, 2], 1, 1), filter, biasOf([0, 10, 20, 30])],
    outputs: [tensor(output, 1, -2)],
    options,
  };
}

const cases = (() => {
  const random = randomOf(5);
  const choices = [
    { channels: 1, multiplier: 8 },
    { channels: 1, multiplier: 13 },
    { channels: 5, multiplier: 3 },
    { channels: 9, multiplier: 2 },
    { channels: 1, multiplier: 1 },
    ...Array.from({ length: 17 }, () => ({})),
    ...Array.from({ length: 8 }, (_, i) => ({ window: { kernel: 3, stride: 1 + (i % 2), dilation: 1 } })),
  ];
  return choices.map((choice) => randomConvolution(random, { kind: "DEPTHWISE_CONV_2D", ...choice }));
})();

describe("depthwise_conv_2d", () => {
  for (const name of [
    "dw_1x7",
    "dw_5x5_relu6",
    "dw_c40_nobias",
    "dw_dil2_same",
    "dw_dil2_valid_mult2",
    "dw_mult2_same",
    "dw_mult3_s2",
    "dw_mult8_cin1",
    "dw_per_tensor",
    "dw_s1_same",
    "dw_s1_valid",
    "dw_s2_same",
    "dw_s2_valid",
    "i16_dw_mult2_s2",
    "i16_dw_same",
  ])
    it(`gives the golden outputs of ${name}`, function () {
      assertGolden(this, name);
    });

  it("sums each channel's window for each of its filters", () => {
    // Without the zero point of 1 channel 0 is 0, 2 above 4, 6 and channel 1 is 1, 3 above 5, 7.
    const values = Int8Array.of(1, 2, 3, 4, 5, 6, 7, 8);
    const left = [0 + 20, 0 + 24 + 10, 3 + 35 + 20, 4 + 40 + 30];
    const right = [2 + 30, 4 + 36 + 10, 9 + 49 + 20, 12 + 56 + 30];
    const expected = Int8Array.from([...left, ...right], (sum) => sum - 2);
    assert.deepEqual(reference(small([1, 1, 2, 4]), values), [expected]);
    const strided = small([1, 1, 1, 4], { ...VALID, strideWidth: 2 });
    assert.deepEqual(reference(strided, values), [expected.subarray(0, 4)]);
    const relu6 = small([1, 1, 2, 4], { ...VALID, activation: 3 });
    assert.deepEqual(reference(relu6, values), [new Int8Array(8).fill(4)]);
  });

  for (const target of [TARGETS.portable, TARGETS.node, TARGETS.wasm3]) {
    it(`gives the reference's bytes for random shapes on ${target.name}`, async () => {
      const kernels = await assertModulesMatch(cases, { target });
      const portable = ["conv_2d_s8", "depthwise_conv_2d_s8"];
      const lanes = ["depthwise_conv_2d_s8", "depthwise_conv_2d_s8_simd128"];
      for (const name of target.simd === "128" ? lanes : portable) assert.ok(kernels.has(name), name);
      assert.equal(kernels.has("depthwise_conv_2d_s8_lanes"), target.lanes);
    });

    it(`gives the reference's bytes for extreme values on ${target.name}`, async () => {
      await assertModulesMatch([...cases.slice(0, 10), ...cases.slice(-8)], { target, inputs: "extremes" });
    });

    it(`keeps them with the output over the input on ${target.name}`, async () => {
      await assertOverlapsHold(cases, target);
    });
  }

  it("gives the reference's bytes with every kernel that fits, whatever the window and the channels", async () => {
    const random = randomOf(6);
    const windows = [
      // Columns that pixels share, and others.
      { kernel: 3, stride: 1, dilation: 1 },
      { kernel: 3, stride: 2, dilation: 2 },
      { kernel: 3, stride: 2, dilation: 1 },
      { kernel: 5, stride: 1, dilation: 1 },
      { kernel: 2, stride: 3, dilation: 3 },
      // A row of zero weights above the only one, columns that are no three, rows that start no pair.
      { kernel: 1, stride: 1, dilation: 1 },
      { kernel: 4, stride: 1, dilation: 1 },
      { kernel: 5, stride: 4, dilation: 3 },
      {},
    ];
    const drawn = windows.flatMap((window) =>
      [1, 2, 3, 11].map((multiplier) =>
        randomConvolution(random, { kind: "DEPTHWISE_CONV_2D", window, multiplier }),
      ),
    );
    // Of a single channel it is an ordinary convolution.
    const single = cases.filter(({ inputs: [input] }) => input?.shape[3] === 1).slice(0, 4);
    for (const contents of [randomValues, extremeValues]) {
      const kernels = await checkCases(drawn, { contents });
      assert.ok(kernels.has("depthwise_conv_2d_s8_simd128"));
      assert.ok(kernels.has("depthwise_conv_2d_s8_simd128_direct"));
      assert.ok((await checkCases(single, { contents })).has("conv_2d_s8_simd128"));
    }
  });

  it("refuses other types, weights and shapes", () => {
    const valid = small([1, 1, 2, 4]);
    const [input = tensor([]), filter = tensor([])] = valid.inputs;
    const withInputs = (...inputs: (typeof input)[]) => ({ ...valid, inputs });
    assertRefused(withInputs(tensor([8], 1), filter), /input and a filter of 4 dimensions, found 8 and/);
    assertRefused(withInputs(tensor([1, 2, 2, 2], 1, 0, "uint8"), filter), /found uint8, int8 and int8/);
    assertRefused(withInputs(input, tensor([1, 2, 1, 4], 1, 0)), /constant filter/);
    const three = filterOf([1, 2, 1, 3], [1, 2, 3, 4, 5, 6], [1]);
    assertRefused(withInputs(input, three), /multiple of the input's 2, found 3/);
    const axis0 = filterOf([1, 2, 1, 4], [1, 2, 3, 4, 5, 6, 7, 8], [1, 1, 1, 1], 0);
    assertRefused(withInputs(input, axis0), /4 along dimension 3, found 4 along 0/);
    assertRefused(withInputs(input, filter, biasOf([1])), /int32 bias of 4 values, found int32 1/);
    assertRefused(small([1, 1, 1, 4]), /output of 1×1×2×4 .* found 1×1×1×4/);
    assertRefused(small([1, 1, 2, 4], { ...VALID, dilationHeight: 0 }), /dilationHeight from 1 to 1024/);
    assertRefused(small([1, 1, 2, 4], { ...VALID, activation: 5 }), /fused activation 5/);
  });
});
