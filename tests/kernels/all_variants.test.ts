import { strict as assert } from "node:assert";
import { type Graph, layerOf, tensorAt } from "../../codegen/graph/graph.ts";
import { descriptorOf, OPERATORS } from "../../codegen/ops/index.ts";
import { KERNEL_CASES } from "../emit/kernel_cases.ts";
import { randomConvolution } from "../ops/convolutions.ts";
import { extremeValues, randomOf, randomValues } from "../ops/random_values.ts";
import { checkCases, checkVariants } from "../ops/variant_harness.ts";
import { randomNetwork } from "../random_network.ts";

/** Runs every variant of every layer on bytes of its own, whatever the layer before makes; gives the kernels' names. */
async function checkGraph(graph: Graph, seed: number): Promise<Set<string>> {
  const kernels = new Set<string>();
  const random = randomOf(seed);
  for (const operator of graph.operators) {
    const layer = layerOf(graph, operator);
    const inputs = operator.inputs.map((id) =>
      id < 0 ? undefined : randomValues(tensorAt(graph, id), random),
    );
    const found = await checkVariants(descriptorOf(operator), () => ({ layer, inputs }), { rounds: 1, seed });
    for (const name of found) kernels.add(name);
  }
  return kernels;
}

describe("every kernel variant gives the reference's bytes and writes nothing else", () => {
  it("in a case of its own, and none is left out", async () => {
    const ran = new Set<string>();
    for (const { kernel, graph } of KERNEL_CASES) {
      const found = await checkGraph(graph, 5);
      assert.ok(found.has(kernel), kernel);
      for (const name of found) ran.add(name);
    }
    const all = OPERATORS.flatMap(({ variants }) => variants.map(({ name }) => name));
    assert.deepEqual([...ran].sort(), [...new Set(all)].sort());
  });

  for (const kind of ["CONV_2D", "DEPTHWISE_CONV_2D", "FULLY_CONNECTED"] as const)
    it(`in random layers of ${kind}`, async () => {
      const random = randomOf(8);
      const cases = Array.from({ length: 20 }, () => randomConvolution(random, { kind }));
      await checkCases(cases);
      await checkCases(cases, { contents: extremeValues });
    });

  it("in the layers of random networks", async () => {
    for (let seed = 0; seed < 10; seed++) await checkGraph(randomNetwork(seed), seed);
  });
});
