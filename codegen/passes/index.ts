/** The rewrites of the graph, in order; each leaves every output of the network as it is, bit for bit. */

import type { PassReport } from "../compile_result.ts";
import { type Graph, layerOf, tensorAt } from "../graph/graph.ts";
import { descriptorOf } from "../ops/index.ts";
import { composeTables } from "./compose_tables.ts";
import { dropCopies } from "./drop_copies.ts";
import { dropDeadChannels } from "./drop_dead_channels.ts";
import { foldConstants } from "./fold_constants.ts";
import { foldTransposes } from "./fold_transposes.ts";
import { mergePad } from "./merge_pad.ts";
import type { Pass } from "./pass.ts";

/** Folding first, since it uncovers the rest; views last, since other passes take a tensor's memory for its own. */
export const PASSES: readonly Pass[] = [
  foldConstants,
  mergePad,
  foldTransposes,
  composeTables,
  dropDeadChannels,
  dropCopies,
];

/** Operators, multiply-accumulates and constant bytes of a graph. */
function measure(graph: Graph): { operators: number; macs: number; weightBytes: number } {
  const constants = new Set(graph.operators.flatMap(({ inputs }) => inputs.filter((id) => id >= 0)));
  return {
    operators: graph.operators.length,
    macs: graph.operators.reduce(
      (sum, operator) => sum + (descriptorOf(operator).macs?.(layerOf(graph, operator)) ?? 0),
      0,
    ),
    weightBytes: [...constants].reduce((sum, id) => sum + (tensorAt(graph, id).data?.length ?? 0), 0),
  };
}

/** Runs all passes but those in `skip`, and says what each saved. */
export function runPasses(
  graph: Graph,
  { skip = [] }: { readonly skip?: readonly string[] } = {},
): { readonly graph: Graph; readonly report: readonly PassReport[] } {
  const report: PassReport[] = [];
  let current = graph;
  let before = measure(current);
  for (const pass of PASSES) {
    if (skip.includes(pass.name)) continue;
    current = pass.run(current);
    const after = measure(current);
    report.push({
      name: pass.name,
      operators: [before.operators, after.operators],
      macs: [before.macs, after.macs],
      weightBytes: [before.weightBytes, after.weightBytes],
    });
    before = after;
  }
  return { graph: current, report };
}
