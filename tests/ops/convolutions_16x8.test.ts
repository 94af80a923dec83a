import { strict as assert } from "node:assert";
import { layerOf } from "../../codegen/graph/graph.ts";
import type { Tensor } from "../../codegen/graph/tensor.ts";
import { TARGETS } from "../../codegen/plan/target.ts";
import { chooseVariants } from "../../codegen/plan/variants.ts";
import { filterOf, biasOf as int32BiasOf } from "./convolutions.ts";
import { biasOf, randomConvolution16 } from "./convolutions_16x8.ts";
import {
  assertModulesMatch,
  assertRefused,
  type FileOperatorCase,
  graphOf,
  reference,
  tensor,
} from "./file_operator.ts";
import { extremeValues, randomOf } from "./random_values.ts";
import { checkCases } from "./variant_harness.ts";

const VALID = { padding: 1, strideHeight: 1, strideWidth: 1 };

/** One row of `values.length` inputs times one filter; the scales make `factor` of sums. */
function dense(
  weights: readonly number[],
  factor: number,
  bias?: Tensor,
  options: FileOperatorCase["options"] = {},
): FileOperatorCase {
  return {
    spelling: "FULLY_CONNECTED",
    inputs: [
      tensor([1, weights.length], factor, 0, "int16"),
      filterOf([1, weights.length], weights, [1]),
      ...(bias ? [bias] : []),
    ],
    outputs: [tensor([1, 1], 1, 0, "int16")],
    options,
  };
}

/** What a dense layer of one weight makes of one input. */
function scaled(value: number, factor: number, bias?: Tensor): number | bigint | undefined {
  return reference(dense([1], factor, bias), Int16Array.of(value))[0]?.[0];
}

/** Names of the kernels that the plan takes for a case. */
function kernelOf(entry: FileOperatorCase, target = TARGETS.portable): (string | undefined)[] {
  const chosen = chooseVariants(graphOf([entry]), target, () => ({ compact: false }));
  return chosen.map(({ variant }) => variant.name);
}

/** The literal that the kernel of a case gets for a parameter. */
function literalOf(entry: FileOperatorCase, name: string, target = TARGETS.portable): number | undefined {
  const graph = graphOf([entry]);
  const [chosen] = chooseVariants(graph, target, () => ({ compact: false }));
  const [operator] = graph.operators;
  assert.ok(chosen && operator);
  const [call = []] = chosen.variant.calls(layerOf(graph, operator), chosen.packed, { compact: false });
  const argument = call.find((given) => given.name === name);
  return argument && "literal" in argument ? argument.literal : undefined;
}

/** A depthwise layer whose window of 1 × `taps` reads two channels, all weights −128. */
function longWindow(taps: number): FileOperatorCase {
  return {
    spelling: "DEPTHWISE_CONV_2D",
    inputs: [
      tensor([1, 1, taps, 2], 0.01, 0, "int16"),
      filterOf([1, 1, taps, 2], Array(2 * taps).fill(-128), [1]),
    ],
    outputs: [tensor([1, 1, 1, 2], 2000, 0, "int16")],
    options: VALID,
  };
}

const random = randomOf(16);
const cases = (["CONV_2D", "DEPTHWISE_CONV_2D", "FULLY_CONNECTED"] as const).flatMap((kind) => [
  ...Array.from({ length: 12 }, () => randomConvolution16(random, { kind })),
  ...(kind === "CONV_2D" ? [randomConvolution16(random, { kind, channels: 6, groups: 3 })] : []),
  ...(kind === "DEPTHWISE_CONV_2D" ? [randomConvolution16(random, { kind, multiplier: 3 })] : []),
]);

describe("16x8 convolutions", () => {
  it("round once, halves up, unless the bias is int32", () => {
    // A quarter of −2 and of 2.
    assert.deepEqual([scaled(-2, 0.25), scaled(2, 0.25)], [0, 1]);
    const [wide, narrow] = [biasOf([0]), int32BiasOf([0])];
    assert.deepEqual([scaled(-2, 0.25, wide), scaled(2, 0.25, wide)], [0, 1]);
    assert.deepEqual([scaled(-2, 0.25, narrow), scaled(2, 0.25, narrow)], [-1, 1]);
  });

  it("cut the factor to 16 bits, unless the bias is int32", () => {
    // 0.3 is 19661 / 65536 then: 108004 · 0.3 = 32401.2 becomes 32401.5.
    const sum = [biasOf([108_004]), int32BiasOf([108_004])];
    assert.deepEqual(
      sum.map((bias) => scaled(0, 0.3, bias)),
      [32_402, 32_401],
    );
  });

  it("keep sums of more than 32 bits, unless the bias is int32", () => {
    // 600 products of 2^22 are 2,516,582,400, which is −1,778,384,896 in 32 bits.
    const values = new Int16Array(600).fill(-(2 ** 15));
    const layer = (bias?: Tensor) => dense(Array(600).fill(-128), 2 ** -20, bias);
    assert.deepEqual(reference(layer(), values), [Int16Array.of(2400)]);
    assert.deepEqual(reference(layer(int32BiasOf([0])), values), [Int16Array.of(-1696)]);
  });

  it("add a bias of more than 32 bits", () => {
    assert.equal(scaled(5, 2 ** -30, biasOf([3 * 2 ** 35])), 96);
  });

  it("clamp at the activation's ends", () => {
    const outputs = (activation: number) =>
      [-32_768, 3, 7, 32_767].map(
        (value) => reference(dense([1], 1, undefined, { activation }), Int16Array.of(value))[0]?.[0],
      );
    assert.deepEqual(outputs(0), [-32_768, 3, 7, 32_767]);
    assert.deepEqual(outputs(1), [0, 3, 7, 32_767]);
    assert.deepEqual(outputs(3), [0, 3, 6, 6]);
    assert.equal(reference(dense([2], 1), Int16Array.of(32_767))[0]?.[0], 32_767);
  });

  it("give the reference's bytes for random shapes, also with the output over the input", async () => {
    const kernels = await checkCases(cases);
    for (const name of ["conv_2d_s16", "depthwise_conv_2d_s16"])
      assert.ok(kernels.has(name) && kernels.has(`${name}_simd128`), name);
    assert.equal(kernels.size, 4);
  });

  it("give them for extreme values, also where a patch is too long for 32 bits", async () => {
    const long = dense(Array(1025).fill(-128), 2 ** -20);
    await checkCases([...cases, long, longWindow(512)], { contents: extremeValues });
    // All products have one sign, so that a sum in 32 bits would wrap.
    await checkCases([long, longWindow(512)], {
      contents: ({ shape }) => new Int16Array(shape.reduce((a, b) => a * b, 1)).fill(-(2 ** 15)),
    });
  });

  it("give them in modules, inlined and shared", async () => {
    await assertModulesMatch(cases.filter((_, at) => at % 5 === 0));
  });

  it("take depthwise windows that fit 32 bits channel by channel, others as groups", () => {
    assert.deepEqual(kernelOf(longWindow(511)), ["depthwise_conv_2d_s16"]);
    assert.deepEqual(kernelOf(longWindow(512)), ["conv_2d_s16"]);
  });

  it("take lanes of 32 bits where every sum fits and the exponents are near enough", () => {
    const exponent = (entry: FileOperatorCase) => {
      assert.deepEqual(kernelOf(entry, TARGETS.node), ["conv_2d_s16_simd128"]);
      return literalOf(entry, "exponent", TARGETS.node);
    };
    assert.equal(exponent(dense(Array(511).fill(-128), 1)), 14);
    assert.equal(exponent(dense(Array(512).fill(-128), 1)), 0);
    // 128 · 2^15 is 2^22.
    assert.equal(exponent(dense([-128], 1, biasOf([2 ** 31 - 2 ** 22 - 1]))), 14);
    assert.equal(exponent(dense([-128], 1, biasOf([2 ** 31 - 2 ** 22]))), 0);
    assert.deepEqual(kernelOf(dense([1], 1, int32BiasOf([0])), TARGETS.node), ["conv_2d_s16"]);
    // Multipliers of 2^14 may grow 2^16 times; what is always 0 may be of any scale.
    const apart = (scale: number, bias: number): FileOperatorCase => ({
      spelling: "FULLY_CONNECTED",
      inputs: [tensor([1, 1], 1, 0, "int16"), filterOf([2, 1], [1, 1], [1, scale]), biasOf([0, bias])],
      outputs: [tensor([1, 2], 1, 0, "int16")],
    });
    assert.equal(exponent(apart(2 ** -16, 0)), 30);
    assert.equal(exponent(apart(2 ** -17, 2 ** 18)), 0);
    assert.equal(exponent(apart(2 ** -17, 2 ** 14)), 14);
  });

  it("say how wide the sums and biases of a layer are", () => {
    // 511 · 128 · 2^15 is the last below 2^31.
    assert.equal(literalOf(dense(Array(511).fill(-128), 1), "run"), 511);
    assert.equal(literalOf(dense(Array(512).fill(-128), 1), "run"), 510);
    assert.equal(literalOf(dense(Array(512).fill(-128), 1, int32BiasOf([0])), "run"), 512);
    assert.equal(literalOf(dense([1], 1, biasOf([2 ** 31 - 1])), "wide_bias"), 0);
    assert.equal(literalOf(dense([1], 1, biasOf([2 ** 31])), "wide_bias"), 1);
  });

  it("are refused where types, zero points, biases and sums are not theirs", () => {
    const valid = dense([1, 2], 1, biasOf([0]));
    const [input = tensor([]), filter = tensor([])] = valid.inputs;
    const withInputs = (...inputs: Tensor[]) => ({ ...valid, inputs });
    assertRefused({ ...valid, outputs: [tensor([1, 1])] }, /found int16, int8 and int8/);
    assertRefused(withInputs(input, { ...filter, dtype: "int16" }), /found int16, int16 and int16/);
    assertRefused(withInputs(tensor([1, 2], 1, 3, "int16"), filter), /int16 zero points of 0, found 3 and 0/);
    assertRefused(
      withInputs(input, filter, tensor([1], 1, 0, "int64")),
      /constant int64 or int32 bias of 1 values, found int64 1/,
    );
    assertRefused(withInputs(input, filter, biasOf([0, 0])), /bias of 1 values, found int64 2/);
    assertRefused(dense([1], 1, biasOf([2 ** 47])), /sums below 2\^47/);
    assert.doesNotThrow(() => graphOf([dense([1], 1, biasOf([2 ** 46]))]));
    assertRefused(dense([1], 2 ** 14), /factors from sums to outputs below 2\^14/);
    assert.doesNotThrow(() => graphOf([dense([1], 2 ** 13)]));
    const deep = longWindow(3);
    assertRefused({ ...deep, inputs: [...deep.inputs, int32BiasOf([1, 2])] }, /constant int64 bias of 2/);
  });
});
