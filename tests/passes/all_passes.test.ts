import { strict as assert } from "node:assert";
import { buildPlan } from "../../codegen/build/build_plan.ts";
import { evaluateGraph } from "../../codegen/graph/evaluate.ts";
import type { Graph } from "../../codegen/graph/graph.ts";
import { bytesOf, valuesOf } from "../../codegen/graph/tensor.ts";
import { PASSES, runPasses } from "../../codegen/passes/index.ts";
import { makePlan } from "../../codegen/plan/make_plan.ts";
import { TARGETS } from "../../codegen/plan/target.ts";
import { randomOf } from "../ops/random_values.ts";
import { randomInputs, randomNetwork } from "../random_network.ts";
import {
  ALL_PASSES,
  assertExact,
  assertExactOnRandomNetworks,
  CARRIED_MODELS,
  carriedModel,
  conformanceGraphs,
} from "./exact.ts";

/** Builds the graph after all passes and runs it on `inputs`. */
async function moduleOutputs(graph: Graph, inputs: ReturnType<typeof randomInputs>) {
  const plan = makePlan(runPasses(graph).graph, { target: TARGETS.portable, inline: new Set() });
  const { wasm } = await buildPlan(plan, { size: true, profile: false });
  const instance = new WebAssembly.Instance(new WebAssembly.Module(new Uint8Array(wasm)));
  const { memory, invoke } = instance.exports;
  assert.ok(memory instanceof WebAssembly.Memory && typeof invoke === "function");
  const bytes = new Uint8Array(memory.buffer);
  plan.inputs.forEach(({ address }, index) => {
    assert.equal(address % 16, 0, `address of input ${index}`);
    bytes.set(bytesOf(inputs[index] ?? new Int8Array()), address);
  });
  invoke();
  return plan.outputs.map(({ address, tensor }, index) => {
    assert.equal(address % 16, 0, `address of output ${index}`);
    const size = graph.outputs[index] === undefined ? 0 : tensor.shape.reduce((a, b) => a * b, 1);
    return valuesOf("int8", bytes.subarray(address, address + size));
  });
}

describe("all passes", () => {
  it("keep the outputs of random networks", () => {
    assertExactOnRandomNetworks(ALL_PASSES, 300);
  });

  for (const name of CARRIED_MODELS)
    it(`keep the outputs of ${name}, each alone and all together`, () => {
      const graph = carriedModel(name);
      for (const pass of [...PASSES, ALL_PASSES]) assertExact(pass, graph, name);
    });

  it("keep the outputs of the conformance set's networks, each alone and all together", function () {
    let count = 0;
    for (const { name, graph } of conformanceGraphs()) {
      for (const pass of [...PASSES, ALL_PASSES]) assertExact(pass, graph, name, 1);
      count++;
    }
    if (count === 0) this.skip();
    assert.ok(count >= 148, `only ${count} cases`);
  });

  it("leave graphs whose modules give the references' bytes", async () => {
    for (let seed = 0; seed < 12; seed++) {
      const graph = randomNetwork(seed);
      const inputs = randomInputs(graph, randomOf(seed));
      assert.deepEqual(await moduleOutputs(graph, inputs), evaluateGraph(graph, inputs), `seed ${seed}`);
    }
  });

  it("are left out by name, and say what each saved", () => {
    const graph = carriedModel("pruned");
    const { report } = runPasses(graph);
    assert.deepEqual(
      report.map(({ name }) => name),
      PASSES.map(({ name }) => name),
    );
    const dropped = report.find(({ name }) => name === "drop_dead_channels");
    assert.deepEqual(dropped?.macs[0], 70800);
    assert.ok((dropped?.macs[1] ?? 0) < 51000);
    const skipped = runPasses(graph, { skip: ["drop_dead_channels"] });
    assert.ok(!skipped.report.some(({ name }) => name === "drop_dead_channels"));
    assert.equal(skipped.report.at(-1)?.macs[1], 70800);
  });
});
