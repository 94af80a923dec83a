import { strict as assert } from "node:assert";
import { layerOf } from "../../codegen/graph/graph.ts";
import { conv2d } from "../../codegen/ops/conv_2d.ts";
import { TARGETS } from "../../codegen/plan/target.ts";
import { biasOf, filterOf, randomConvolution } from "./convolutions.ts";
import { assertModulesMatch, type FileOperatorCase, graphOf, tensor } from "./file_operator.ts";
import { assertOverlapsHold } from "./overlaps.ts";
import { extremeValues, randomOf } from "./random_values.ts";
import { checkCases } from "./variant_harness.ts";

const KERNEL = "conv_2d_s8_simd128_winograd";
const PLAIN = { kernel: 3, stride: 1, dilation: 1 };

/** 3×3 convolutions of 1 to 33 channels and filters, over maps of any small size. */
const cases = (() => {
  const random = randomOf(31);
  return Array.from({ length: 16 }, () => randomConvolution(random, { kind: "CONV_2D", window: PLAIN }));
})();

/** A 3×3 convolution of 2 channels with weights of −128, so that sums are as large as they get. */
function largest(bias: number, channels = 2): FileOperatorCase {
  const filter = filterOf([1, 3, 3, channels], Array(9 * channels).fill(-128), [1]);
  return {
    spelling: "CONV_2D",
    inputs: [tensor([1, 6, 6, channels], 1, 0), filter, biasOf([bias])],
    outputs: [tensor([1, 4, 4, 1], 4000, 3)],
    options: { padding: 1, strideHeight: 1, strideWidth: 1 },
  };
}

/** The kernel's variant, and the layer of a case. */
function variantOf(entry: FileOperatorCase) {
  const graph = graphOf([entry]);
  const [operator] = graph.operators;
  const variant = conv2d.variants.find(({ name }) => name === KERNEL);
  assert.ok(operator && variant);
  return { variant, layer: layerOf(graph, operator) };
}

/** Whether the kernel fits the operator of a case. */
function fits(entry: FileOperatorCase): boolean {
  const { variant, layer } = variantOf(entry);
  return variant.fits(layer, TARGETS.node);
}

/** Whether the kernel transforms the whole input of a case before it takes the next filters. */
function keeps(entry: FileOperatorCase): boolean {
  const { variant, layer } = variantOf(entry);
  const [call = []] = variant.calls(layer, {}, { compact: false });
  return call.some((argument) => argument.name === "kept" && "literal" in argument && argument.literal === 1);
}

describe("conv_2d by Winograd's F(2×2, 3×3)", () => {
  it("gives the reference's bytes for random shapes", async () => {
    assert.ok((await checkCases(cases)).has(KERNEL));
  });

  it("gives the reference's bytes for extreme values, the largest sums among them", async () => {
    const bias = 2 ** 29 - 1 - 18 * 128 * 128 - 1;
    const huge = [largest(bias), largest(-bias), largest(0), largest(7, 64)];
    assert.deepEqual(huge.map(fits), [true, true, true, true]);
    assert.ok((await checkCases([...huge, ...cases.slice(0, 6)], { contents: extremeValues })).has(KERNEL));
  });

  it("is no choice where four times a sum could leave int32, nor for strides, dilations and other kernels", () => {
    assert.equal(fits(largest(2 ** 29)), false);
    const plain = largest(0);
    assert.equal(
      fits({
        ...plain,
        outputs: [tensor([1, 2, 2, 1], 4000, 3)],
        options: { padding: 1, strideHeight: 2, strideWidth: 2 },
      }),
      false,
    );
    const [input = tensor([])] = plain.inputs;
    const flat = filterOf([1, 1, 3, 2], Array(6).fill(1), [1]);
    assert.equal(fits({ ...plain, inputs: [input, flat], outputs: [tensor([1, 6, 4, 1], 4000, 3)] }), false);
  });

  it("is chosen, alone in its module or over its input", async () => {
    assert.ok((await assertModulesMatch(cases, { target: TARGETS.node })).has(KERNEL));
    await assertOverlapsHold(cases, TARGETS.node);
  });

  it("keeps the transforms of some filters at a time where there are many, and of a small input all", async () => {
    const random = randomOf(8);
    const weights = Int8Array.from({ length: 40 * 9 * 72 }, () => random.int(-128, 127));
    const wide = (height: number): FileOperatorCase => ({
      spelling: "CONV_2D",
      inputs: [tensor([2, height, 5, 72], 0.05, 9), filterOf([40, 3, 3, 72], weights)],
      outputs: [tensor([2, height, 5, 40], 3, -7)],
      options: { padding: 0, strideHeight: 1, strideWidth: 1 },
    });
    const [small, large] = [wide(3), wide(9)];
    assert.deepEqual([small, large].map(keeps), [true, false]);
    assert.ok((await checkCases([small, large])).has(KERNEL));
    await assertModulesMatch([small, large], { target: TARGETS.node });
    await assertOverlapsHold([small, large], TARGETS.node);
  });
});
