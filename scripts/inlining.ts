/**
 * Prints what inlining its kernel saves each layer of networks of MLPerf Tiny, against what the plan takes it for
 * (codegen/plan/budget.ts), and the constants that fit these measurements best: the least time of many short batches in turn, in
 * this process, of a build that inlines all and one that shares all.
 * Usage: npm run bench:inlining. Needs the conformance set.
 */

import { setFlagsFromString } from "node:v8";
import { buildPlan } from "../codegen/build/build_plan.ts";
import { elementCount } from "../codegen/graph/tensor.ts";
import { importModel } from "../codegen/import/index.ts";
import { runPasses } from "../codegen/passes/index.ts";
import { savedByInlining } from "../codegen/plan/budget.ts";
import { makePlan } from "../codegen/plan/make_plan.ts";
import type { Plan } from "../codegen/plan/plan.ts";
import { loopOf } from "../codegen/plan/roll.ts";
import { TARGETS } from "../codegen/plan/target.ts";
import { conformanceCase, conformanceFile } from "../tests/conformance/conformance.ts";
import { bestTimes } from "./best_times.ts";

// Each function in its optimised form from the first call on, as it is after a while.
setFlagsFromString("--no-liftoff");
setFlagsFromString("--no-wasm-tier-up");

const NETWORKS = ["kws_ref_model", "pretrainedResnet_quant", "vww_96_int8"];
const TURNS = 60;
/** Layers of fewer elements save less than the clock shows. */
const LEAST_ELEMENTS = 4000;

/** A layer of a plan, with its position there. */
type Runner = (layer: number) => void;

for (const target of [TARGETS.portable, TARGETS.node]) {
  const rows: number[][] = [];
  const found: number[] = [];
  console.log(`\n${target.name}:\n`);
  console.log("| network | layer | kernel | products | elements | inlined, µs | shared | saved | planned |");
  console.log("|---|---:|---|---:|---:|---:|---:|---:|---:|");
  for (const name of NETWORKS) {
    const entry = conformanceCase(name);
    if (!entry) {
      console.error("bench:inlining: the conformance set is not beside this checkout; nothing to measure.");
      process.exit(1);
    }
    const { graph } = runPasses(importModel(conformanceFile(entry.model), { file: entry.model }));
    const built = async (inline: "all" | ReadonlySet<number>): Promise<[Runner, Plan]> => {
      const plan = makePlan(graph, { target, inline, compact: false });
      const { wasm } = await buildPlan(plan, { size: false, profile: true });
      const { invoke_layer: run } = new WebAssembly.Instance(new WebAssembly.Module(Uint8Array.from(wasm)))
        .exports;
      if (typeof run !== "function") throw new Error("the module has no invoke_layer");
      return [(layer) => void run(layer), plan];
    };
    const [[fast, { layers }], [slow, shared]] = [await built("all"), await built(new Set())];
    for (const layer of layers) {
      const elements = layer.outputs.reduce((sum, { shape }) => sum + elementCount(shape), 0);
      const alone = shared.layers[layer.index]?.inline && !loopOf(shared.loops, layer.index);
      if (elements < LEAST_ELEMENTS || alone) continue;
      const runs = [fast, slow].map((run) => () => run(layer.index));
      const [inlined = 0, called = 0] = bestTimes(runs, TURNS);
      rows.push([layer.macs, elements]);
      found.push(1e6 * (called - inlined));
      const times = [inlined, called, called - inlined, savedByInlining(layer, target) / 1e6];
      console.log(
        `| ${name} | ${layer.index} | ${layer.kernel.name} | ${layer.macs} | ${elements} | ${times.map((time) => time.toFixed(2)).join(" | ")} |`,
      );
    }
  }
  const [product = 0, output = 0] = leastSquares(rows, found);
  console.log(
    `\nFits best, in picoseconds: ${product.toFixed(1)} a product, ${output.toFixed(1)} an element of the output.`,
  );
}

/** Constants ≥ 0 of two columns with the least squares of the errors themselves: what saves most matters most. */
function leastSquares(rows: readonly (readonly number[])[], found: readonly number[]): [number, number] {
  const sum = (left: number, right: number) =>
    rows.reduce((total, row) => total + (row[left] ?? 0) * (row[right] ?? 0), 0);
  const aim = (column: number) =>
    rows.reduce((total, row, index) => total + (row[column] ?? 0) * (found[index] ?? 0), 0);
  const determinant = sum(0, 0) * sum(1, 1) - sum(0, 1) ** 2;
  const first = (aim(0) * sum(1, 1) - aim(1) * sum(0, 1)) / determinant;
  const second = (aim(1) * sum(0, 0) - aim(0) * sum(0, 1)) / determinant;
  if (first < 0) return [0, aim(1) / sum(1, 1)];
  return second < 0 ? [aim(0) / sum(0, 0), 0] : [first, second];
}
