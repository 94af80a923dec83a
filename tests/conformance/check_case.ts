/** One conformance case on every build: golden bytes, or for .onnx outputs within one step of the last place. */

import { compileModel } from "../../codegen/index.ts";
import { firstDifference } from "../networks.ts";
import { type ConformanceCase, conformanceNetwork } from "./conformance.ts";

export const BUILDS = [
  { target: "portable", optimize: "size" },
  { target: "portable", optimize: "speed" },
  { target: "node", optimize: "speed" },
] as const;

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
  return { differences, figures };
}
