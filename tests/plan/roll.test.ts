/** Layers that repeat become loops: the code of many steps is hardly more than that of a few, and gives the same bytes. */

import { strict as assert } from "node:assert";
import { buildPlan } from "../../codegen/build/build_plan.ts";
import { evaluateGraph } from "../../codegen/graph/evaluate.ts";
import type { Graph } from "../../codegen/graph/graph.ts";
import { bytesOf } from "../../codegen/graph/tensor.ts";
import { makePlan } from "../../codegen/plan/make_plan.ts";
import { TARGETS } from "../../codegen/plan/target.ts";
import { randomOf } from "../ops/random_values.ts";
import { FEATURES, UNITS, unrolled } from "../unrolled_network.ts";

const CODE_SECTION = 10;
/** The module of a graph at `size`, run on seeded inputs as a whole or layer by layer. */
async function run(graph: Graph, byLayer: boolean) {
  const plan = makePlan(graph, { target: TARGETS.portable, inline: new Set() });
  const { wasm, sections, source } = await buildPlan(plan, { size: true, profile: byLayer });
  const random = randomOf(3);
  const inputs = graph.inputs.map(() => Int8Array.from({ length: FEATURES }, () => random.int(-128, 127)));
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(new Uint8Array(wasm)));
  const memory = new Int8Array((exports.memory as WebAssembly.Memory).buffer);
  plan.inputs.forEach(({ address }, index) => {
    memory.set(inputs[index] ?? new Int8Array(), address);
  });
  const { invoke, invoke_layer: invokeLayer } = exports as Record<string, (index?: number) => void>;
  if (byLayer) for (const { index } of plan.layers) invokeLayer?.(index);
  else invoke?.();
  const [output] = plan.outputs;
  assert.ok(output);
  const found = memory.slice(output.address, output.address + UNITS);
  assert.deepEqual([found], evaluateGraph(graph, inputs));
  return { plan, code: sections.get(CODE_SECTION) ?? 0, model: source["model.ts"] ?? "" };
}

describe("layers that repeat", () => {
  it("run from one loop: 50 steps take less than 1.5 times the code of 10", async () => {
    const ten = await run(unrolled(10), false);
    const fifty = await run(unrolled(50), false);
    assert.ok(fifty.code < 1.5 * ten.code, `${fifty.code} and ${ten.code} bytes`);
    assert.deepEqual(
      fifty.plan.loops.map(({ period, rounds }) => [period, rounds]),
      [[4, 49]],
    );
    assert.match(fifty.model, /load<i8>\(row, \d+\)/);
  });

  it("run one by one in a module for profiling", async () => {
    await run(unrolled(5), true);
  });

  it("stay apart where their kernels are inlined", () => {
    const plan = makePlan(unrolled(10), { target: TARGETS.portable, inline: "all" });
    assert.deepEqual(plan.loops, []);
  });

  it("keep the arena of the layers as they were: a table takes no RAM of the arena", () => {
    const graph = unrolled(10);
    const options = { target: TARGETS.portable };
    const rolled = makePlan(graph, { ...options, inline: new Set() });
    assert.equal(rolled.memory.arenaBytes, makePlan(graph, { ...options, inline: "all" }).memory.arenaBytes);
    const [loop] = rolled.loops;
    const table = rolled.memory.constants.find(({ address }) => address === loop?.table);
    assert.equal(table?.bytes.length, (loop?.rounds ?? 0) * (loop?.rowBytes ?? 0));
    assert.ok(rolled.memory.totalBytes >= (table?.address ?? 0) + (table?.bytes.length ?? 0));
    assert.ok(bytesOf(table?.bytes ?? new Uint8Array()).some((byte) => byte !== 0));
  });
});
