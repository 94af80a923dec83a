import { strict as assert } from "node:assert";
import { type Group, inBands, membersOf } from "../../codegen/bands/split.ts";
import { buildPlan } from "../../codegen/build/build_plan.ts";
import { evaluateGraph } from "../../codegen/graph/evaluate.ts";
import { type Graph, layerOf } from "../../codegen/graph/graph.ts";
import { bytesOf, tensorBytes, type Values } from "../../codegen/graph/tensor.ts";
import { descriptorOf } from "../../codegen/ops/index.ts";
import { runPasses } from "../../codegen/passes/index.ts";
import { makePlan } from "../../codegen/plan/make_plan.ts";
import { TARGETS, type Target } from "../../codegen/plan/target.ts";
import { type Random, randomOf } from "../ops/random_values.ts";
import { randomInputs, randomNetwork } from "../random_network.ts";

/** Every stretch of operators of a graph that can run in bands, each in bands of random height. */
function groupsOf(graph: Graph, random: Random): Group[] {
  return graph.operators.flatMap((_, first) =>
    graph.operators.slice(first + 2).flatMap((__, more): Group[] => {
      const rows = membersOf(graph, first, more + 2)?.at(-1)?.rows;
      return rows === undefined ? [] : [{ first, count: more + 2, height: random.int(1, rows) }];
    }),
  );
}

function macsOf(graph: Graph): number {
  return graph.operators.reduce((sum, operator) => {
    const layer = layerOf(graph, operator);
    return sum + (descriptorOf(operator).macs?.(layer) ?? 0);
  }, 0);
}

async function outputsOf(graph: Graph, target: Target, inputs: readonly Values[]): Promise<Uint8Array[]> {
  const plan = makePlan(graph, { target, inline: "all" });
  const { wasm } = await buildPlan(plan, { size: false, profile: false });
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(new Uint8Array(wasm)));
  const memory = new Uint8Array((exports.memory as WebAssembly.Memory).buffer);
  plan.inputs.forEach(({ address }, index) => {
    memory.set(bytesOf(inputs[index] ?? new Int8Array()), address);
  });
  (exports.invoke as () => void)();
  return plan.outputs.map(({ address, tensor }) => memory.slice(address, address + tensorBytes(tensor)));
}

describe("operators in bands of rows", () => {
  it("give the outputs of the whole network and pass their own checks, each row computed once", () => {
    const kinds = new Set<string>();
    let groups = 0;
    for (let seed = 0; seed < 300; seed++) {
      const { graph } = runPasses(randomNetwork(seed));
      const random = randomOf(seed);
      const inputs = randomInputs(graph, random);
      const expected = evaluateGraph(graph, inputs);
      for (const group of groupsOf(graph, random)) {
        const banded = inBands(graph, [group]);
        const what = `network ${seed}, ${JSON.stringify(group)}`;
        for (const operator of banded.graph.operators) {
          descriptorOf(operator).check(layerOf(banded.graph, operator));
          if (operator.band) kinds.add(operator.kind);
        }
        assert.deepEqual(evaluateGraph(banded.graph, inputs), expected, what);
        assert.ok(macsOf(banded.graph) <= macsOf(graph), what);
        groups++;
      }
    }
    assert.ok(groups > 150, `only ${groups} groups`);
    for (const kind of ["conv_2d", "depthwise_conv_2d", "max_pool_2d", "average_pool_2d", "add", "reshape"])
      assert.ok(kinds.has(kind), `no ${kind} among ${[...kinds]}`);
  });

  it("give them as modules too", async function () {
    this.timeout(120_000);
    let built = 0;
    for (let seed = 0; built < 12; seed++) {
      const { graph } = runPasses(randomNetwork(seed));
      const random = randomOf(seed);
      const inputs = randomInputs(graph, random);
      const [group] = groupsOf(graph, random);
      if (!group) continue;
      const target = [TARGETS.portable, TARGETS.wasm3, TARGETS.node][built % 3] ?? TARGETS.portable;
      const found = await outputsOf(inBands(graph, [group]).graph, target, inputs);
      const expected = evaluateGraph(graph, inputs).map((values) => bytesOf(values));
      assert.deepEqual(found, expected, `network ${seed}, ${target.name}, ${JSON.stringify(group)}`);
      built++;
    }
  });
});
