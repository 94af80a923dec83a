/** Asserts that a pass leaves every output as it is: the network runs by its references with the pass and without. */

import { strict as assert } from "node:assert";
import { readFileSync } from "node:fs";
import { MoteError } from "../../codegen/error.ts";
import { evaluateGraph, initialState } from "../../codegen/graph/evaluate.ts";
import type { Graph } from "../../codegen/graph/graph.ts";
import { importModel } from "../../codegen/import/index.ts";
import { runPasses } from "../../codegen/passes/index.ts";
import type { Pass } from "../../codegen/passes/pass.ts";
import { conformanceCases, conformanceFile } from "../conformance/conformance.ts";
import { randomOf, sameBytes } from "../ops/random_values.ts";
import { randomInputs, randomNetwork } from "../random_network.ts";

/** All passes in their order, as one. */
export const ALL_PASSES: Pass = {
  name: "all",
  summary: "all passes",
  run: (graph) => runPasses(graph).graph,
};

/**
 * Asserts that `pass` keeps the outputs of `graph` for random inputs, one inference after the other; gives the graph that it
 * made.
 */
export function assertExact(pass: Pass, graph: Graph, what: string, rounds = 2): Graph {
  const before = JSON.stringify(graph.operators);
  const after = pass.run(graph);
  assert.equal(JSON.stringify(graph.operators), before, `${what}: ${pass.name} changes its argument`);
  if (after === graph) return after;
  const random = randomOf(graph.operators.length + 1);
  const states = [initialState(graph), initialState(after)] as const;
  for (let round = 0; round < rounds; round++) {
    const inputs = randomInputs(graph, random);
    const found = evaluateGraph(after, inputs, states[1]);
    evaluateGraph(graph, inputs, states[0]).forEach((values, index) => {
      assert.ok(
        sameBytes(values, found[index] ?? new Int8Array()),
        `${what}: ${pass.name} changes output ${index} from ${values} to ${found[index]}`,
      );
    });
  }
  return after;
}

/**
 * Asserts the property on random networks, and that the pass has something to do in at least `least` of them: else the
 * networks prove nothing.
 */
export function assertExactOnRandomNetworks(
  pass: Pass,
  least: number,
  extra: (graph: Graph, seed: number) => void = () => {},
  options: { readonly state?: boolean } = {},
): void {
  let changed = 0;
  for (let seed = 0; seed < 400; seed++) {
    const graph = randomNetwork(seed, options);
    const after = assertExact(pass, graph, `random network ${seed}`, options.state ? 4 : 2);
    extra(after, seed);
    if (after !== graph) changed++;
  }
  assert.ok(changed >= least, `${pass.name} changes only ${changed} of 400 random networks`);
}

/** A model that the project carries. */
export function carriedModel(name: string): Graph {
  const file = new URL(`../../models/${name}/${name}.tflite`, import.meta.url);
  return importModel(new Uint8Array(readFileSync(file)), { file: `${name}.tflite` });
}

export const CARRIED_MODELS = ["digits", "regressor", "pruned", "knocks"] as const;

/** The conformance set's int8 operators and networks, and its real ones, those that the import takes. */
export function* conformanceGraphs(): Generator<{ readonly name: string; readonly graph: Graph }> {
  for (const { name, mode, group, model } of conformanceCases()) {
    if (mode !== "int8" && group !== "real") continue;
    try {
      yield { name, graph: importModel(conformanceFile(model), { file: model }) };
    } catch (error) {
      if (!(error instanceof MoteError)) throw error;
    }
  }
}
