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
import { randomOf } from "./random_values.ts";

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
  ])
    it(`gives the golden outputs of ${name}`, function () {
      assertGolden(this, name);
    });

  it("multiplies rows with filters", () => {
    // Without the zero point of −1 the rows are 1, 2, 3 and 0, −1, 0.
    const values = Int8Array.of(0, 1, 2, -1, -2, -1);
    const expected = Int8Array.of(14 + 10 + 4, -12 - 20 + 4, -2 + 10 + 4, -5 - 20 + 4);
    assert.deepEqual(reference(small([2], [2, 2]), values), [expected]);
    assert.deepEqual(reference(small([1, 2], [4]), values), [expected]);
    const relu = small([2], [2, 2], { options: { activation: 1 } });
    assert.deepEqual(reference(relu, values), [Int8Array.of(28, 4, 12, 4)]);
    // The bias counts in the filter's own scale, so halves and quarters apply to whole sums.
    const channels = small([2], [2, 2], { scales: [0.5, 0.25] });
    assert.deepEqual(reference(channels, values), [Int8Array.of(12 + 4, -8 + 4, 4 + 4, -6 + 4)]);
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

  for (const target of [TARGETS.portable, TARGETS.node]) {
    it(`gives the reference's bytes for random shapes on ${target.name}`, async () => {
      const kernels = await assertModulesMatch(cases, { target });
      assert.ok(kernels.has("conv_2d_s8"));
      for (const name of ["conv_2d_s8_simd128", "fully_connected_s8_simd128"]) {
        assert.equal(kernels.has(name), target.simd === "128", name);
      }
    });

    it(`gives the reference's bytes for extreme values on ${target.name}`, async () => {
      await assertModulesMatch(cases, { target, inputs: "extremes" });
    });

    it(`keeps them with the output over the input on ${target.name}`, async () => {
      await assertOverlapsHold(cases, target);
    });
  }

  it("refuses other types, weights and shapes", () => {
    const valid = small([2], [2, 2]);
    const [input = tensor([]), filter = tensor([])] = valid.inputs;
    const withInputs = (...inputs: (typeof input)[]) => ({ ...valid, inputs });
    assertRefused(withInputs(tensor([2, 3], 1, 0, "int16"), filter), /found int16, int8 and int8/);
    assertRefused(withInputs(input, filterOf([6], [1, 2, 3, 4, 5, 6])), /filter of 2 dimensions, found 6/);
    assertRefused(withInputs(tensor([2, 4], 1, 0), filter), /rows of 3 values and 2 outputs/);
    assertRefused(small([2], [2, 3]), /found 2×3 and 2×3/);
    assertRefused(withInputs(input, filter, biasOf([1])), /int32 bias of 2 values, found int32 1/);
    assertRefused(withInputs(input), /optional bias and one output, found 1 inputs/);
    assertRefused(small([2], [2, 2], { options: { weightsFormat: 1 } }), /weights format 0, found 1/);
    assertRefused(small([2], [2, 2], { options: { activation: 4 } }), /fused activation 4/);
  });
});
