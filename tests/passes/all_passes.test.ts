import { strict as assert } from "node:assert";
import { buildPlan } from "../../codegen/build/build_plan.ts";
import { evaluateGraph, initialState } from "../../codegen/graph/evaluate.ts";
import type { Graph } from "../../codegen/graph/graph.ts";
import { bytesOf, tensorBytes, valuesOf } from "../../codegen/graph/tensor.ts";
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

/** Builds the graph after all passes and compares its outputs with the references', one inference after the other. */
async function assertModuleExact(graph: Graph, seed: number): Promise<void> {
  const plan = makePlan(runPasses(graph).graph, { target: TARGETS.portable, inline: new Set() });
  const { wasm } = await buildPlan(plan, { size: true, profile: false });
  const instance = new WebAssembly.Instance(new WebAssembly.Module(new Uint8Array(wasm)));
  const { memory, invoke } = instance.exports;
  assert.ok(memory instanceof WebAssembly.Memory && typeof invoke === "function");
  const bytes = new Uint8Array(memory.buffer);
  for (const { address } of [...plan.inputs, ...plan.outputs]) assert.equal(address % 16, 0, "of a port");
  const random = randomOf(seed);
  const state = initialState(graph);
  for (let step = 0; step < (state.size > 0 ? 3 : 1); step++) {
    const inputs = randomInputs(graph, random);
    plan.inputs.forEach(({ address }, index) => {
      bytes.set(bytesOf(inputs[index] ?? new Int8Array()), address);
    });
    invoke();
    const found = plan.outputs.map(({ address, tensor }) =>
      valuesOf("int8", bytes.subarray(address, address + tensorBytes(tensor))),
    );
    assert.deepEqual(found, evaluateGraph(graph, inputs, state), `seed ${seed}, step ${step}`);
  }
}

describe("all passes", () => {
  it("keep the outputs of random networks", () => {
    assertExactOnRandomNetworks(ALL_PASSES, 300);
  });

  it("keep the outputs of random networks with state", () => {
    for (const pass of [...PASSES, ALL_PASSES])
      assertExactOnRandomNetworks(pass, 0, () => {}, { state: true });
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
    for (let seed = 0; seed < 12; seed++) await assertModuleExact(randomNetwork(seed), seed);
    for (let seed = 0; seed < 12; seed++) await assertModuleExact(randomNetwork(seed, { state: true }), seed);
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
