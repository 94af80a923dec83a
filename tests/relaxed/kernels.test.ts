/** The kernels of relaxed SIMD on every machine that they have to be exact on, by arithmetic that any engine has. */

import { strict as assert } from "node:assert";
import { buildPlan } from "../../codegen/build/build_plan.ts";
import { layerOf } from "../../codegen/graph/graph.ts";
import { bytesOf } from "../../codegen/graph/tensor.ts";
import { descriptorOf } from "../../codegen/ops/index.ts";
import { makePlan } from "../../codegen/plan/make_plan.ts";
import { dotBitsOf } from "../../codegen/plan/plan.ts";
import { TARGETS } from "../../codegen/plan/target.ts";
import { filterOf } from "../ops/convolutions.ts";
import { withInt4 } from "../ops/convolutions_int4.ts";
import { assertModulesMatch, type FileOperatorCase, graphOf, tensor } from "../ops/file_operator.ts";
import { extremeValues } from "../ops/random_values.ts";
import { checkCases, runVariant } from "../ops/variant_harness.ts";
import { layersOf } from "./layers.ts";
import { DOT_MACHINES, RELAXED, withDotsOf } from "./rewrite.ts";

/** One pixel of two channels by one filter. */
function pair(weights: readonly [number, number]): FileOperatorCase {
  return {
    spelling: "CONV_2D",
    inputs: [tensor([1, 4, 1, 2], 1, 0), filterOf([1, 1, 1, 2], weights, [0.001])],
    outputs: [tensor([1, 4, 1, 1], 1, 0)],
    options: { padding: 1, strideHeight: 1, strideWidth: 1 },
  };
}

function kernelOf(entry: FileOperatorCase): string | undefined {
  return makePlan(graphOf([entry]), { target: RELAXED, inline: "all" }).layers[0]?.kernel.name;
}

describe("relaxed SIMD: kernels", function () {
  this.timeout(120_000);

  it("give the reference's bytes for random shapes and weights, wherever the output lies", async () => {
    const { wide, narrow } = layersOf(21, 24);
    const ran = await checkCases([...wide, ...narrow]);
    for (const operator of ["conv_2d", "fully_connected"]) {
      for (const bits of ["", "_7"]) assert.ok(ran.has(`${operator}_s8_relaxed${bits}`));
    }
  });

  it("of int4 weights, packed two a byte, give them too, and need seven bits", async () => {
    const { wide } = layersOf(25, 16);
    const cases = wide.map(withInt4);
    const ran = await checkCases(cases);
    for (const name of ["conv_2d_s4_relaxed", "fully_connected_s4_relaxed"]) assert.ok(ran.has(name), name);
    await checkCases(cases.slice(0, 8), { contents: extremeValues });
    const plan = makePlan(graphOf(cases), { target: RELAXED, inline: "all" });
    assert.equal(dotBitsOf(plan), 7);
  });

  it("give them for extreme activations", async () => {
    const { wide, narrow } = layersOf(22, 12);
    await checkCases([...wide, ...narrow], { contents: extremeValues });
  });

  it("are chosen by the plan, and exact as modules, inlined and shared", async () => {
    const { wide, narrow } = layersOf(23, 16);
    const ran = await assertModulesMatch([...wide, ...narrow], { target: RELAXED });
    for (const name of ["conv_2d_s8_relaxed", "conv_2d_s8_relaxed_7"]) assert.ok(ran.has(name), name);
    for (const name of ["fully_connected_s8_relaxed", "fully_connected_s8_relaxed_7"])
      assert.ok(ran.has(name), name);
    await assertModulesMatch(wide, { target: RELAXED, inputs: "extremes" });
  });

  it("leave a module of seven bits exact where sums of two products saturate", async () => {
    const { narrow } = layersOf(24, 8);
    const graph = graphOf(narrow);
    const plan = makePlan(graph, { target: RELAXED, inline: "all" });
    const used = plan.layers.filter(({ dotBits }) => dotBits !== undefined);
    assert.ok(used.length > 0 && used.every(({ dotBits }) => dotBits === 7));
    assert.equal(dotBitsOf(plan), 7);
    const { wasm } = await buildPlan(plan, { size: false, profile: false });
    assert.ok((await withDotsOf("saturating", wasm)).dots > 0);
  });

  it("are not for neighbours of −128, which ARM without a dot product can't add", () => {
    assert.equal(kernelOf(pair([-128, 127])), "conv_2d_s8_relaxed");
    assert.equal(kernelOf(pair([-128, -127])), "conv_2d_s8_relaxed_7");
    // Both at the bottom: raised by 128 they are zeros.
    assert.equal(kernelOf(pair([-128, -128])), "conv_2d_s8_relaxed_7");
    const both = filterOf([1, 1, 1, 4], [-128, -128, 127, 127], [0.001]);
    const entry = { ...pair([0, 0]), inputs: [tensor([1, 4, 1, 4], 1, 0), both] };
    assert.equal(kernelOf(entry), "conv_2d_s8_simd128");
  });

  it("of eight bits do go wrong on a machine that saturates: the arithmetic here tells machines apart", async () => {
    const graph = graphOf([pair([127, 126])]);
    const [operator] = graph.operators;
    assert.ok(operator);
    const layer = layerOf(graph, operator);
    const descriptor = descriptorOf(operator);
    const variant = descriptor.variants.find(({ name }) => name === "conv_2d_s8_relaxed");
    assert.ok(variant);
    assert.ok(variant.fits(layer, RELAXED) && !variant.fits(layer, TARGETS.node));
    const input = Int8Array.of(127, -128, 127, 127, -128, 127, -128, -128);
    const weights = Int8Array.of(127, 126);
    const [expected] = descriptor.evaluate(layer, [input, weights, undefined]);
    assert.ok(expected);
    const run = { layer, inputs: [input, undefined, undefined] };
    for (const machine of DOT_MACHINES) {
      const [found] = await runVariant(variant, run, { machine });
      assert.ok(found);
      const same = bytesOf(found).every((byte, at) => byte === bytesOf(expected)[at]);
      assert.equal(same, machine !== "saturating", machine);
    }
  });
});
