import { strict as assert } from "node:assert";
import { fitMemory } from "../../codegen/bands/fit_memory.ts";
import { MoteError } from "../../codegen/error.ts";
import { evaluateGraph } from "../../codegen/graph/evaluate.ts";
import type { Graph } from "../../codegen/graph/graph.ts";
import type { TensorId } from "../../codegen/graph/tensor.ts";
import { compileModel } from "../../codegen/index.ts";
import { makePlan } from "../../codegen/plan/make_plan.ts";
import { TARGETS, targetNamed } from "../../codegen/plan/target.ts";
import { conformanceCase, conformanceNetwork } from "../conformance/conformance.ts";
import { NetworkBuilder } from "../network_builder.ts";
import { firstDifference } from "../networks.ts";
import { randomOf } from "../ops/random_values.ts";
import { randomInputs } from "../random_network.ts";

const PADDED = {
  strideHeight: 1,
  strideWidth: 1,
  dilationHeight: 1,
  dilationWidth: 1,
  padTop: 1,
  padBottom: 1,
  padLeft: 1,
  padRight: 1,
  activation: "relu",
};

/** A residual block on 24×16 pixels of 8 channels: x + conv(conv(x)). */
function residualBlock(): Graph {
  const b = new NetworkBuilder();
  const random = randomOf(4);
  const shape = [1, 24, 16, 8];
  const conv = (input: TensorId) => {
    const weights = Int8Array.from({ length: 8 * 9 * 8 }, () => random.int(-127, 127));
    const filter = b.constant([8, 3, 3, 8], weights, new Array<number>(8).fill(0.01));
    return b.operator("conv_2d", [input, filter], [b.tensor(shape, 0.3, -128)], PADDED);
  };
  const x = b.tensor(shape);
  const sum = b.tensor(shape, 0.3, -5);
  b.operator("add", [x, conv(conv(x))], [sum], { activation: "none" });
  return b.graph([x], [sum]);
}

const arenaOf = (graph: Graph) =>
  makePlan(graph, { target: TARGETS.wasm3, inline: new Set() }).memory.arenaBytes;

describe("fitting memory", () => {
  const block = residualBlock();
  const map = 24 * 16 * 8;

  it("leaves a network as it is that fits", () => {
    const whole = arenaOf(block);
    assert.ok(whole > 2 * map, "x and another map");
    const { graph, wholeBytes } = fitMemory(block, TARGETS.wasm3, whole);
    assert.equal(graph, block);
    assert.equal(wholeBytes, whole);
  });

  it("computes a residual block over its input, with a few rows of what is between them", () => {
    const maxRam = 2 * map - 1000;
    const { graph } = fitMemory(block, TARGETS.wasm3, maxRam);
    const arena = arenaOf(graph);
    assert.ok(arena <= maxRam, `${arena}`);
    const inputs = randomInputs(block, randomOf(1));
    assert.deepEqual(evaluateGraph(graph, inputs), evaluateGraph(block, inputs));
    const { graph: least } = fitMemory(block, TARGETS.wasm3, 1);
    assert.ok(arenaOf(least) <= arena);
    assert.ok(graph.operators.length < least.operators.length, "no more bands than it takes");
  });

  it("knows what bands copy from flash", () => {
    const target = targetNamed("wasmi", { flashWeights: true });
    const maxRam = 2 * map - 400;
    const { graph } = fitMemory(block, target, maxRam);
    assert.ok(graph.operators.length > block.operators.length);
    const plan = makePlan(graph, { target, inline: new Set() });
    assert.ok(plan.memory.arenaBytes <= maxRam, `${plan.memory.arenaBytes}`);
    assert.ok(plan.layers.filter(({ copies }) => copies.length > 0).length > block.operators.length);
    const inputs = randomInputs(block, randomOf(1));
    assert.deepEqual(evaluateGraph(graph, inputs), evaluateGraph(block, inputs));
  });

  it("comes as near as it can, and the plan says what is too large", () => {
    const { graph } = fitMemory(block, TARGETS.wasm3, 1000);
    const arena = arenaOf(graph);
    assert.ok(arena < 1.6 * map, `${arena}`);
    assert.throws(
      () => makePlan(graph, { target: TARGETS.wasm3, inline: "all", maxRam: 1000 }),
      (error: unknown) =>
        error instanceof MoteError && /--max-ram is 1,000. The peak is at operator/.test(error.message),
    );
  });

  for (const [name, target, without, maxRam] of [
    ["vww_96_int8", "wasm3", 39_168, 29_500],
    ["vww_96_int8", "portable", 37_024, 28_600],
    ["vww_96_int8", "wamr", 39_312, 30_000],
    ["pretrainedResnet_quant", "wasm3", 34_960, 24_000],
    ["pretrainedResnet_quant", "portable", 33_440, 19_700],
  ] as const)
    it(`runs ${name} in ${maxRam.toLocaleString("en-US")} bytes for ${target}, with its golden outputs`, async function () {
      this.timeout(120_000);
      const entry = conformanceCase(name);
      if (!entry) return this.skip();
      const network = conformanceNetwork(entry);
      const { wasm, report } = await compileModel(network.model, { target, maxRam, optimize: "size" });
      assert.ok(report.memory.arena <= maxRam, `${report.memory.arena}`);
      assert.equal(report.memory.withoutBands, without);
      assert.equal(firstDifference(network, wasm), undefined);
    });
});
