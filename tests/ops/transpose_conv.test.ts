import { strict as assert } from "node:assert";
import { layerOf } from "../../codegen/graph/graph.ts";
import { transposeConv } from "../../codegen/ops/transpose_conv.ts";
import { dropDeadChannels } from "../../codegen/passes/drop_dead_channels.ts";
import { TARGETS } from "../../codegen/plan/target.ts";
import { NetworkBuilder } from "../network_builder.ts";
import { assertExact } from "../passes/exact.ts";
import { biasOf, filterOf, randomTransposeConv } from "./convolutions.ts";
import { randomTransposeConv16 } from "./convolutions_16x8.ts";
import { int4Of } from "./convolutions_int4.ts";
import {
  assertGolden,
  assertModulesMatch,
  assertRefused,
  type FileOperatorCase,
  graphOf,
  numbers,
  reference,
  tensor,
} from "./file_operator.ts";
import { assertOverlapsHold } from "./overlaps.ts";
import { extremeValues, randomOf } from "./random_values.ts";
import { checkCases } from "./variant_harness.ts";

const STRIDE_2 = { padding: 1, strideHeight: 2, strideWidth: 2 };
const KERNEL = filterOf([1, 3, 2, 1], [1, 2, 3, 4, 5, 6], [1]);

/** Two rows of two pixels under a kernel of 3×2; steps of 1 everywhere, so that results are whole sums. */
function small(output: readonly number[], options: Record<string, number> = STRIDE_2): FileOperatorCase {
  return {
    spelling: "TRANSPOSE_CONV",
    inputs: [numbers(...output), KERNEL, tensor([1, 2, 2, 1], 1, 10), biasOf([5])],
    outputs: [tensor(output, 1, -2)],
    options,
  };
}

const cases = (() => {
  const random = randomOf(5);
  return Array.from({ length: 30 }, () => randomTransposeConv(random));
})();

const wideCases = (() => {
  const random = randomOf(6);
  return Array.from({ length: 20 }, () => randomTransposeConv16(random));
})();

/** A row of runs too long to be added up in 32 bits, with the largest products. */
function longRuns(channels: number): FileOperatorCase {
  const filter = filterOf([1, 1, 2, channels], Array(2 * channels).fill(-128), [1]);
  return {
    spelling: "TRANSPOSE_CONV",
    inputs: [numbers(1, 1, 3, 1), filter, tensor([1, 1, 2, channels], 1, 0, "int16")],
    outputs: [tensor([1, 1, 3, 1], 2 ** 18, 0, "int16")],
    options: { padding: 1, strideHeight: 1, strideWidth: 1 },
  };
}

describe("transpose_conv", () => {
  for (const name of [
    "conv1d_transpose",
    "convt_s1_same",
    "convt_s2_k4_same_relu",
    "convt_s2_same",
    "convt_s2_valid",
    "convt_s3x2_k2_nobias",
    "i16_convt_s2",
    "unet_small",
  ])
    it(`gives the golden outputs of ${name}`, function () {
      assertGolden(this, name);
    });

  it("adds the kernel to the output, times each input pixel", () => {
    // Without the zero point of 10 the input is 1, 2, 3, 4; the bias of 5 and the zero point of −2 add 3.
    const values = Int8Array.of(11, 12, 13, 14);
    const whole = [1, 2, 2, 4, 3, 4, 6, 8, 5 + 3, 6 + 6, 10 + 4, 12 + 8, 9, 12, 12, 16, 15, 18, 20, 24];
    const shifted = (sums: readonly number[]) => [Int8Array.from(sums, (sum) => sum + 3)];
    assert.deepEqual(reference(small([1, 5, 4, 1]), values), shifted(whole));
    // SAME: one row is cut off, below.
    assert.deepEqual(
      reference(small([1, 4, 4, 1], { ...STRIDE_2, padding: 0 }), values),
      shifted(whole.slice(0, 16)),
    );
    // A row and a column that no input pixel reaches hold the bias.
    const edged = [0, 4, 8, 12, 16].flatMap((at) => [...whole.slice(at, at + 4), 0]);
    assert.deepEqual(reference(small([1, 6, 5, 1]), values), shifted([...edged, 0, 0, 0, 0, 0]));
    const relu6 = small([1, 5, 4, 1], { ...STRIDE_2, activation: 3 });
    assert.deepEqual(reference(relu6, values), [Int8Array.from(whole, () => 4)]);
  });

  it("gives the reference's bytes for random shapes, each variant in garbage memory", async () => {
    assert.deepEqual([...(await checkCases(cases))], ["transpose_conv_s8"]);
    assert.deepEqual([...(await checkCases(wideCases))], ["transpose_conv_s16"]);
  });

  it("adds more products than fit 32 bits", async () => {
    const entry = longRuns(600);
    const [sums] = reference(entry, new Int16Array(1200).fill(-(2 ** 15)));
    assert.deepEqual(sums, Int16Array.of(600 * 16, 1200 * 16, 600 * 16));
    await checkCases([entry, longRuns(510)], { contents: extremeValues });
    await checkCases([entry], {
      contents: (input) => new Int16Array(input.shape.reduce((a, b) => a * b)).fill(-(2 ** 15)),
    });
  });

  it("gives the reference's bytes for extreme values in modules", async () => {
    await assertModulesMatch([...cases.slice(0, 8), ...wideCases.slice(0, 8)], { inputs: "extremes" });
  });

  it("keeps them with the output over the input", () =>
    assertOverlapsHold([...cases, ...wideCases], TARGETS.portable));

  it("says the shape of its output", () => {
    const graph = graphOf(cases);
    for (const operator of graph.operators) {
      const { outputs, ...layer } = layerOf(graph, operator);
      assert.deepEqual(
        transposeConv.shapes?.(layer),
        outputs.map(({ shape }) => shape),
      );
    }
  });

  it("lets go of a constant channel only where it is the zero point", () => {
    for (const [bias, left] of [
      [0, 2],
      [3000, 3],
    ] as const) {
      const n = new NetworkBuilder();
      const x = n.tensor([1, 2, 2, 1], 0.05, 4);
      const dead = n.constant([3, 1, 1, 1], Int8Array.of(0, 7, -9));
      const made = n.operator(
        "conv_2d",
        [x, dead, n.constant([3], Int32Array.of(bias, 9, 0))],
        [n.tensor([1, 2, 2, 3])],
        {
          ...{ strideHeight: 1, strideWidth: 1, dilationHeight: 1, dilationWidth: 1 },
          ...{ padTop: 0, padBottom: 0, padLeft: 0, padRight: 0, activation: "none" },
        },
      );
      const filter = n.constant([1, 2, 2, 3], Int8Array.of(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12));
      const output = n.operator("transpose_conv", [made, filter], [n.tensor([1, 3, 3, 1])], {
        ...{ strideHeight: 1, strideWidth: 1, activation: "none" },
        ...{ padTop: 0, padBottom: 0, padLeft: 0, padRight: 0 },
      });
      const after = assertExact(dropDeadChannels, n.graph([x], [output]), "network");
      assert.equal(after.tensors[made]?.shape[3], left);
    }
  });

  it("refuses other types, weights and shapes", () => {
    const valid = small([1, 5, 4, 1]);
    const [shape = tensor([]), filter = tensor([]), input = tensor([]), bias = tensor([])] = valid.inputs;
    const withInputs = (...inputs: (typeof input)[]) => ({ ...valid, inputs });
    assertRefused(withInputs(shape, filter, tensor([4], 1)), /output of 4 dimensions, found 4, 1×3×2×1/);
    assertRefused(withInputs(numbers(1, 5, 5, 1), filter, input), /output of 1×5×5×1, as .* found 1×5×4×1/);
    const { data: _, ...computed } = shape;
    assertRefused(withInputs(computed, filter, tensor([1, 2, 2, 1], 1, 0, "int16")), /int8 input and output/);
    const wide = {
      ...withInputs(shape, filter, tensor([1, 2, 2, 1], 1, 0, "int16"), bias),
      outputs: [tensor([1, 5, 4, 1], 1, 0, "int16")],
    };
    assertRefused(wide, /constant int64 bias of 1 values, found int32/);
    assertRefused(withInputs(shape, filterOf([1, 3, 2, 2], Array(12).fill(1)), input), /as many channels/);
    assertRefused(withInputs(shape, int4Of(filter), input), /int8 filter, found int4/);
    assertRefused(withInputs(shape, filter, input, biasOf([1, 2])), /int32 bias of 1 values/);
    assertRefused(withInputs(shape, filter, tensor([2, 2, 2, 1], 1), bias), /output of 2×5×4×1 .* found 1×5/);
    assertRefused(
      small([1, 5, 4, 1], { ...STRIDE_2, strideWidth: 0 }),
      /strideWidth from 1 to 1024, found 0/,
    );
    assertRefused(small([1, 5, 4, 1], { ...STRIDE_2, padding: 2 }), /padding SAME or VALID .* found 2/);
    assertRefused(small([1, 5, 4, 1], { ...STRIDE_2, activation: 4 }), /fused activation 4/);
  });
});
