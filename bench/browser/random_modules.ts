/** Random networks whose modules of relaxed SIMD are exact on every machine, with the outputs of the reference. */

import { buildPlan } from "../../codegen/build/build_plan.ts";
import { evaluateGraph } from "../../codegen/graph/evaluate.ts";
import { tensorAt } from "../../codegen/graph/graph.ts";
import { bytesOf, type Values } from "../../codegen/graph/tensor.ts";
import { runPasses } from "../../codegen/passes/index.ts";
import { makePlan } from "../../codegen/plan/make_plan.ts";
import { dotBitsOf } from "../../codegen/plan/plan.ts";
import type { Network } from "../../tests/golden.ts";
import { extremeValues, randomOf } from "../../tests/ops/random_values.ts";
import { randomInputs, randomNetwork } from "../../tests/random_network.ts";
import { withHalvedFilters } from "../../tests/relaxed/halved_filters.ts";
import { RELAXED } from "../../tests/relaxed/rewrite.ts";

export interface RandomModule {
  readonly seed: number;
  readonly network: Network;
}

/** `count` networks with relaxed dot products of seven bits, of the first seeds that give such; two samples each. */
export async function* randomModules(count: number): AsyncGenerator<RandomModule> {
  let found = 0;
  for (let seed = 1; found < count; seed++) {
    const graph = withHalvedFilters(randomNetwork(seed, { all: true }));
    const plan = makePlan(runPasses(graph).graph, { target: RELAXED, inline: "all" });
    if (dotBitsOf(plan) !== 7) continue;
    found += 1;
    const random = randomOf(seed);
    const inputs = [
      randomInputs(graph, random),
      graph.inputs.map((id) => extremeValues(tensorAt(graph, id), random)),
    ];
    const outputs = inputs.map((values) => evaluateGraph(graph, values));
    const { wasm } = await buildPlan(plan, { size: false, profile: false });
    yield {
      seed,
      network: {
        model: wasm,
        samples: inputs.length,
        inputs: inARow(inputs),
        outputs: inARow(outputs),
      },
    };
  }
}

/** By tensor, the bytes of all samples one after another. */
function inARow(samples: readonly (readonly Values[])[]): Uint8Array[] {
  const [first = []] = samples;
  return first.map((_, index) =>
    Uint8Array.from(samples.flatMap((values) => [...bytesOf(values[index] ?? new Int8Array())])),
  );
}
