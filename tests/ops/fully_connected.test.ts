import { strict as assert } from "node:assert";
import { fullyConnected } from "../../codegen/ops/fully_connected.ts";
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
import { randomOf, randomValues } from "./random_values.ts";
import { checkCases, checkVariants, layer } from "./variant_harness.ts";

/** Rows of three values, two filters, steps of 1 but for the filters' `scales`. */
function small(
  rows: readonly number[],
  output: readonly number[],
  { scales = [1], options = {} }: { scales?: number[]; options?: Record<string, number> } = {},
): FileOperatorCase {
  const filter = filterOf([2, 3], [1, 2, 3, -4, 5, -6], scales);
  return {
    spelling: "FULLY_CONNECTED",
    inputs: [tensor([...rows, 3], 1, -1), filter, biasOf([10, -20])],
    outputs: [tensor(output, 1, 4)],
    options,
  };
}

const cases = (() => {
  const random = randomOf(7);
  return Array.from({ length: 24 }, () => randomConvolution(random, { kind: "FULLY_CONNECTED" }));
})();

describe("fully_connected", () => {
  for (const name of [
    "dense_3d",
    "dense_4d",
    "dense_batch4",
    "dense_bias",
    "dense_big",
    "dense_nobias",
    "dense_one_out",
    "dense_per_channel",
    "dense_per_tensor",
    "dense_relu",
    "dense_relu6",
    "i16_dense",
    "i16_dense_relu",
  ])
    it(`gives the golden outputs of ${name}`, function () {
      assertGolden(this, name);
    });

  it("multiplies rows with filters", () => {
    // Without the zero point of −1 the rows are 1, 2, 3 and 0, −1, 0.
    const values = Int8Array.of(0, 1, 2, -1, -2, -1);
    const expected = Int8Array.of(14 + 10 + 4, -12 - 20 + 4, -2 + 10 + 4, -5 - 20 + 4);
    assert.deepEqual(reference(small([2], [2, 2]), values), [expected]);
    assert.deepEqual(reference(small([1, 2], [2, 2]), values), [expected]);
    const kept = small([1, 2], [1, 2, 2], { options: { keepDims: 1 } });
    assert.deepEqual(reference(kept, values), [expected]);
    const relu = small([2], [2, 2], { options: { activation: 1 } });
    assert.deepEqual(reference(relu, values), [Int8Array.of(28, 4, 12, 4)]);
    // The bias counts in the filter's own scale, so halves and quarters apply to whole sums.
    const channels = small([2], [2, 2], { scales: [0.5, 0.25] });
    assert.deepEqual(reference(channels, values), [Int8Array.of(12 + 4, -8 + 4, 4 + 4, -6 + 4)]);
  });

  it("multiplies rows with a filter that is computed, and has a zero point", () => {
    const filter = tensor([2, 3], 1, 1);
    const computed = { ...small([2], [2, 2]), inputs: [tensor([2, 3], 1, -1), filter, biasOf([10, -20])] };
    const values = Int8Array.of(0, 1, 2, -1, -2, -1);
    const expected = Int8Array.of(14 + 10 + 4, -12 - 20 + 4, -2 + 10 + 4, -5 - 20 + 4);
    assert.deepEqual(reference(computed, values, Int8Array.of(2, 3, 4, -3, 6, -5)), [expected]);
  });

  it("gives rows of filters, or the input's dimensions where they are kept", () => {
    const shapes = (keepDims: boolean, shape: number[]) =>
      fullyConnected.shapes?.({
        attributes: { activation: "none", keepDims },
        inputs: [tensor(shape), tensor([5, 3])],
      });
    assert.deepEqual(shapes(true, [2, 4, 3]), [[2, 4, 5]]);
    assert.deepEqual(shapes(false, [2, 4, 3]), [[8, 5]]);
    assert.deepEqual(shapes(true, [2, 6]), [[4, 5]]);
  });

  it("multiplies scales as floats where there is one, as doubles where there are more", () => {
    const [input, filter] = [Math.fround(0.3), Math.fround(7e-7)];
    const [asFloats, asDoubles] = [Math.fround(input * filter), input * filter];
    // A bias so large that the two products put it on either side of 100.5.
    const bias = Math.round(100.5 / ((asFloats + asDoubles) / 2));
    const layer = (scales: number[]) => ({
      spelling: "FULLY_CONNECTED",
      inputs: [tensor([1, 1], input, 0), filterOf([2, 1], [1, 1], scales), biasOf([bias, bias])],
      outputs: [tensor([1, 2], 1, 0)],
    });
    const [one, two] = [Math.round(bias * asFloats), Math.round(bias * asDoubles)];
    assert.notEqual(one, two);
    assert.deepEqual(reference(layer([filter]), Int8Array.of(0)), [Int8Array.of(one, one)]);
    assert.deepEqual(reference(layer([filter, filter]), Int8Array.of(0)), [Int8Array.of(two, two)]);
  });

  for (const target of [TARGETS.portable, TARGETS.node, TARGETS.wasm3]) {
    it(`gives the reference's bytes for random shapes on ${target.name}`, async () => {
      const kernels = await assertModulesMatch(cases, { target });
      assert.ok(kernels.has("conv_2d_s8"));
      assert.equal(kernels.has("fully_connected_s8_simd128"), target.simd === "128");
      assert.equal(kernels.has("conv_2d_s8_lanes"), target.lanes);
    });

    it(`gives the reference's bytes for extreme values on ${target.name}`, async () => {
      await assertModulesMatch(cases, { target, inputs: "extremes" });
    });

    it(`keeps them with the output over the input on ${target.name}`, async () => {
      await assertOverlapsHold(cases, target);
    });
  }

  it("gives the reference's bytes whatever lies around its tensors", async () => {
    const kernels = await checkCases(cases.slice(0, 12));
    assert.ok(kernels.has("fully_connected_s8_simd128") && kernels.has("conv_2d_s8_simd128"));
  });

  it("rounds the sums of a computed filter as LiteRT where that is the contract", () => {
    // Half a step more than 1, and a little less, from a sum of 3 and a factor of a half.
    const computed = (rounding: "product" | undefined) => {
      const tensors = [tensor([1, 1], 0.5, 0), tensor([1, 1], 1, 0)];
      const attributes = { activation: "none" as const, ...(rounding && { rounding }) };
      const run = layer("fully_connected", attributes, tensors, [tensor([1, 1], 1, 0)]);
      return (x: number) => fullyConnected.evaluate(run, [Int8Array.of(x), Int8Array.of(1)])[0]?.[0];
    };
    assert.deepEqual([3, -3, -1].map(computed("product")), [2, -2, -1]);
    assert.deepEqual([3, -3, -1].map(computed(undefined)), [2, -1, 0]);
  });

  it("gives the reference's bytes where the filter is computed", async () => {
    const random = randomOf(9);
    const draw = (wide: boolean) => {
      const [rows, depth, filters] = [random.int(1, 5), random.int(1, 20), random.pick([1, 2, 9])];
      const bias = biasOf(Array.from({ length: filters }, () => random.int(-5000, 5000)));
      const activation = (shape: number[], scale: number) =>
        wide ? tensor(shape, scale / 300, 0, "int16") : tensor(shape, scale, random.int(-128, 127));
      return {
        inputs: [
          activation([rows, depth], 0.05),
          activation([filters, depth], 0.02),
          ...(wide ? [] : random.pick([[], [bias]])),
        ],
        outputs: [activation([rows, filters], random.pick([0.1, 0.02]))],
      };
    };
    const computed = Array.from(
      { length: 10 },
      (_, index): FileOperatorCase => ({
        spelling: "FULLY_CONNECTED",
        ...draw(index > 6),
        options: { activation: random.int(0, 3) },
      }),
    );
    const scalar = ["batch_matmul_s8", "batch_matmul_s16"];
    assert.deepEqual(await checkCases(computed), new Set([...scalar, "batch_matmul_s8_simd128"]));
    assert.deepEqual(await assertModulesMatch(computed), new Set(scalar));
    const kinds = await checkVariants(
      fullyConnected,
      (draws) => {
        const { inputs, outputs } = draw(false);
        const attributes = { activation: "none", rounding: "product" };
        const values = inputs.map((entry) => (entry.data ? undefined : randomValues(entry, draws)));
        return { layer: layer("fully_connected", attributes, inputs, outputs), inputs: values };
      },
      { rounds: 8 },
    );
    assert.deepEqual(kinds, new Set(["batch_matmul_s8", "batch_matmul_s8_simd128"]));
  });

  it("refuses other types, weights and shapes", () => {
    const valid = small([2], [2, 2]);
    const [input = tensor([]), filter = tensor([])] = valid.inputs;
    const withInputs = (...inputs: (typeof input)[]) => ({ ...valid, inputs });
    assertRefused(withInputs(tensor([2, 3], 1, 0, "int16"), filter), /found int16, int8 and int8/);
    assertRefused(withInputs(input, filterOf([6], [1, 2, 3, 4, 5, 6])), /filter of 2 dimensions, found 6/);
    assertRefused(withInputs(tensor([2, 4], 1, 0), filter), /rows of 3 values and 2 outputs/);
    assertRefused(small([2], [2, 3]), /found 2×3 and 2×3/);
    assertRefused(withInputs(input, filter, biasOf([1])), /int32 bias of 2 values, found int32 1/);
    assertRefused(
      withInputs(tensor([2, 3], 1, 0, "int16"), tensor([2, 3])),
      /one type, int8 or int16, where/,
    );
    assertRefused(withInputs(input, tensor([2, 3]), biasOf([1])), /constant int32 bias of 2 values where/);
    const channels = { scales: [1, 1], zeroPoints: [0, 0], axis: 0 };
    assertRefused(withInputs(input, { ...tensor([2, 3]), quantization: channels }), /one scale where/);
    assertRefused(withInputs(input), /optional bias and one output, found 1 inputs/);
    assertRefused(small([2], [2, 2], { options: { weightsFormat: 1 } }), /weights format 0, found 1/);
    assertRefused(small([2], [2, 2], { options: { activation: 4 } }), /fused activation 4/);
  });
});
