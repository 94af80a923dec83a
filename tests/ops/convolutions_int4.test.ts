import { strict as assert } from "node:assert";
import { TARGETS } from "../../codegen/plan/target.ts";
import { chooseVariants } from "../../codegen/plan/variants.ts";
import { biasOf, filterOf, randomConvolution } from "./convolutions.ts";
import { int4Of, withInt4 } from "./convolutions_int4.ts";
import {
  assertGolden,
  assertModulesMatch,
  assertRefused,
  type FileOperatorCase,
  graphOf,
  reference,
  tensor,
} from "./file_operator.ts";
import { assertOverlapsHold } from "./overlaps.ts";
import { extremeValues, randomOf } from "./random_values.ts";
import { checkCases } from "./variant_harness.ts";

const cases = (() => {
  const random = randomOf(11);
  const draw = (count: number, choice: Parameters<typeof randomConvolution>[1]) =>
    Array.from({ length: count }, () => withInt4(randomConvolution(random, choice)));
  return [
    ...draw(12, { kind: "CONV_2D" }),
    ...draw(2, { kind: "CONV_2D", channels: 6, groups: 3 }),
    ...draw(2, { kind: "CONV_2D", channels: 9, groups: 9 }),
    ...draw(12, { kind: "FULLY_CONNECTED" }),
    ...draw(6, { kind: "DEPTHWISE_CONV_2D" }),
    ...draw(2, { kind: "DEPTHWISE_CONV_2D", channels: 5, multiplier: 3 }),
    ...draw(2, { kind: "DEPTHWISE_CONV_2D", channels: 1, multiplier: 4 }),
  ];
})();

/** One value times one weight of 1, with a factor of ½ from sums to outputs; two filters if `perChannel`. */
function half(perChannel: boolean): FileOperatorCase {
  const filters = perChannel ? 2 : 1;
  const filter = int4Of(filterOf([filters, 1], Array(filters).fill(16), Array(filters).fill(1 / 16)));
  return {
    spelling: "FULLY_CONNECTED",
    inputs: [tensor([1, 1], 0.5, 0), filter],
    outputs: [tensor([1, filters], 1, 0)],
  };
}

/** Bytes of constants that the layers of a plan read. */
function weightBytes(entry: FileOperatorCase, compact: boolean): number {
  const chosen = chooseVariants(graphOf([entry]), TARGETS.portable, () => ({ compact }));
  return chosen
    .flatMap(({ packed }) => Object.values(packed))
    .reduce((sum, { bytes }) => sum + bytes.length, 0);
}

describe("int4 weights", () => {
  for (const name of [
    "i4_conv2d",
    "i4_conv2d_1x1",
    "i4_dense",
    "i4_dense_relu_odd",
    "i4_dw",
    "i4_mlp",
    "i4_tiny_cnn",
  ])
    it(`give the golden outputs of ${name}`, function () {
      assertGolden(this, name);
    });

  it("round halves away from zero where each filter has a scale, else as int8 weights", () => {
    const values = [-3, -1, 1, 3];
    const results = (entry: FileOperatorCase) =>
      values.map((value) => reference(entry, Int8Array.of(value))[0]?.[0]);
    assert.deepEqual(results(half(true)), [-2, -1, 1, 2]);
    // The first rounding of int8's double one, of −½ and −1½, goes up.
    assert.deepEqual(results(half(false)), [-1, 0, 1, 2]);
  });

  it("give the reference's bytes for random shapes, each variant in garbage memory", async () => {
    const kernels = await checkCases(cases);
    assert.deepEqual([...kernels].sort(), [
      "conv_2d_s4",
      "conv_2d_s4_relaxed",
      "conv_2d_s4_simd128",
      "depthwise_conv_2d_s4",
      "fully_connected_s4_relaxed",
    ]);
  });

  it("give them for extreme values", async () => {
    await checkCases(cases, { contents: extremeValues, seed: 2 });
  });

  for (const target of [TARGETS.portable, TARGETS.node]) {
    it(`give them in modules for ${target.name}`, async () => {
      await assertModulesMatch(cases, { target });
    });

    it(`keep them with the output over the input on ${target.name}`, async () => {
      await assertOverlapsHold(cases, target);
    });
  }

  it("stay packed: two a byte, each filter in whole bytes", () => {
    const entry = (depth: number): FileOperatorCase => ({
      spelling: "FULLY_CONNECTED",
      inputs: [
        tensor([1, depth]),
        int4Of(filterOf([6, depth], Array(6 * depth).fill(32))),
        biasOf(Array(6).fill(1)),
      ],
      outputs: [tensor([1, 6])],
    });
    for (const compact of [false, true]) {
      // A bias takes two bytes where all fit.
      assert.equal(weightBytes(entry(40), compact), 6 * 20 + 6 * 2);
      assert.equal(weightBytes(entry(41), compact), 6 * 21 + 6 * 2);
    }
  });

  it("come with biases and factors in every form", () => {
    const chosen = chooseVariants(graphOf(cases), TARGETS.portable, () => ({ compact: false }));
    const forms = chosen.flatMap(({ layer, variant, packed, style }) => {
      const [call = []] = variant.calls(layer, packed, style);
      const literal = (name: string) => {
        const found = call.find((argument) => argument.name === name);
        return found && "literal" in found ? found.literal : -1;
      };
      const least = literal("exponent") === 0 ? "a table of exponents" : "exponents in multipliers";
      const factors = literal("multiplier") !== 0 ? "one multiplier" : least;
      return [factors, `biases of ${literal("bias_bytes")} bytes`];
    });
    assert.deepEqual([...new Set(forms)].sort(), [
      "a table of exponents",
      "biases of 2 bytes",
      "biases of 3 bytes",
      "biases of 4 bytes",
      "exponents in multipliers",
      "one multiplier",
    ]);
  });

  it("are refused with int16 activations, zero points, and sums that integers can't round as LiteRT", () => {
    const [input = tensor([]), filter = tensor([])] = half(true).inputs;
    const withInputs = (...inputs: (typeof input)[]) => ({ ...half(true), inputs });
    const wide = {
      ...withInputs(tensor([1, 1], 1, 0, "int16"), filter),
      outputs: [tensor([1, 2], 1, 0, "int16")],
    };
    assertRefused(wide, /int8 or int4 filter, or int16 .* with an int8 filter, found int16, int4/);
    const skewed = { ...filter, quantization: { scales: [1, 1], zeroPoints: [1, 1], axis: 0 } };
    assertRefused(withInputs(input, skewed), /zero points of 0/);
    assertRefused(withInputs(input, filter, biasOf([0, -(2 ** 31)])), /found filter 1, whose bias or scale/);
    const huge = { ...filter, quantization: { scales: [1, 2 ** 26], zeroPoints: [0, 0], axis: 0 } };
    assertRefused(withInputs(input, huge), /found filter 1, whose bias or scale/);
  });
});
