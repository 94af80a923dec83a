/** One conformance case on every build: golden bytes, or for .onnx outputs within one step of the last place. */

import { importModel } from "../../codegen/import/index.ts";
import { compileModel } from "../../codegen/index.ts";
import { runPasses } from "../../codegen/passes/index.ts";
import { makePlan } from "../../codegen/plan/make_plan.ts";
import { dotBitsOf } from "../../codegen/plan/plan.ts";
import { firstDifference } from "../networks.ts";
import { machinesFor, RELAXED, withDotsOf } from "../relaxed/rewrite.ts";
import { type ConformanceCase, conformanceNetwork } from "./conformance.ts";

export const BUILDS = [
  { target: "portable", optimize: "size" },
  { target: "portable", optimize: "speed" },
  { target: "node", optimize: "speed" },
] as const;

/**
 * Besides these, the build with relaxed SIMD of networks that have relaxed dot products, on every machine that they have to be
 * exact on, by arithmetic that any engine has.
 */
export const RELAXED_BUILD = { target: "node", simd: "relaxed", optimize: "speed" } as const;

/** A module's arena and its lower bound, in bytes, and its size. */
export interface CaseFigures {
  readonly build: string;
  readonly wasm: number;
  readonly arena: number;
  readonly bound: number;
}

export interface CaseResult {
  /** What differs, in words; none where everything is as it should be. */
  readonly differences: readonly string[];
  readonly figures: readonly CaseFigures[];
}

/** Compiles and runs a case; `run` is what a worker of a `Pool` is asked for. */
export async function run(entry: ConformanceCase): Promise<CaseResult> {
  const network = conformanceNetwork(entry);
  const file = `${entry.name}.${entry.model.split(".").at(-1)}`;
  const differences: string[] = [];
  const figures: CaseFigures[] = [];
  for (const build of BUILDS) {
    const { wasm, report } = await compileModel(network.model, { file, ...build });
    const name = `${build.target} ${build.optimize}`;
    const { arena, bound } = report.memory;
    figures.push({ build: name, wasm: wasm.length, arena, bound });
    const difference = firstDifference(network, wasm);
    if (difference) differences.push(`${name}: ${difference}`);
  }
  if (
    dotBitsOf(
      makePlan(runPasses(importModel(network.model, { file })).graph, { target: RELAXED, inline: "all" }),
    )
  ) {
    const { wasm, report, manifest } = await compileModel(network.model, { file, ...RELAXED_BUILD });
    const { arena, bound } = report.memory;
    figures.push({ build: "node relaxed speed", wasm: wasm.length, arena, bound });
    for (const machine of machinesFor(manifest.dotBits)) {
      const difference = firstDifference(network, (await withDotsOf(machine, wasm)).wasm);
      if (difference) differences.push(`relaxed, ${machine}: ${difference}`);
    }
  }
  return { differences, figures };
}
