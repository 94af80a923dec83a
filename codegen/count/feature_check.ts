/**
 * Checks that a finished module uses nothing that its target lacks: WebAssembly 1.0 with sign extension, and beyond that only
 * what the target has and the network needs. Otherwise it says which layers use it.
 */

import { MoteError } from "../error.ts";
import type { Plan, PlannedLayer } from "../plan/plan.ts";
import { hasSimd } from "../plan/target.ts";
import { isFloat } from "./accesses.ts";
import { type Instruction, instructionsIn, OP } from "./instructions.ts";
import { type FunctionBody, type ModuleShape, readModule } from "./module.ts";

type CheckedPlan = Pick<Plan, "file" | "target"> & {
  readonly layers: readonly Pick<PlannedLayer, "index" | "name" | "spelling" | "operatorName" | "floats">[];
};

const RELAXED = 0xfd00 + 0x100;
/** Sections that no module of ours has. */
const REFUSED_SECTIONS: readonly (readonly [id: number, what: string])[] = [
  [2, "imports"],
  [4, "tables"],
  [8, "a start function"],
  [9, "table elements"],
];
const DATA_COUNT = 12;

/**
 * `names` are the functions' names by index. Throws a `MoteError` with the first layer, in the order of execution, that uses
 * what the target lacks, or with what does in no layer: a bug of ours.
 */
export function checkFeatures(wasm: Uint8Array, names: readonly string[], plan: CheckedPlan): void {
  const module = readModule(wasm);
  const { file, target } = plan;
  const refuse = (where: string, what: string): never => {
    throw new MoteError(
      "build-failed",
      where,
      `the built module has ${what}, which target "${target.name}" does not take. Please report this with the model.`,
    );
  };
  for (const [id, what] of REFUSED_SECTIONS) {
    if (module.sections.some((section) => section.id === id)) refuse(file, what);
  }
  if (!target.flashWeights && module.sections.some(({ id }) => id === DATA_COUNT))
    refuse(file, "passive data segments");
  if (module.memory.initial !== module.memory.maximum) refuse(file, "a memory that grows");

  const uses = module.functions.map((body) => usesOf(module, body, plan));
  for (const { index, name, spelling, operatorName } of plan.layers) {
    const reached = reachedFrom(names.indexOf(`model/${name}`), uses);
    const what = reached.flatMap((callee) => uses[callee]?.refused ?? [])[0];
    if (what) refuse(`${file}: layer ${index} (${spelling} "${operatorName}")`, what);
  }
  uses.forEach(({ refused: [what] }, index) => {
    if (what) refuse(`${file}: function ${names[index]}`, what);
  });
}

interface Uses {
  readonly calls: ReadonlySet<number>;
  /** What the target does not take. */
  readonly refused: readonly string[];
}

function usesOf(module: ModuleShape, body: FunctionBody, plan: CheckedPlan): Uses {
  const calls = new Set<number>();
  const refused = new Set<string>();
  for (const instruction of instructionsIn(module.bytes, body)) {
    if (instruction.opcode === OP.call) calls.add(instruction.index);
    const what = refusedIn(instruction, plan);
    if (what) refused.add(what);
  }
  return { calls, refused: [...refused] };
}

/** What an instruction needs that the target lacks, or has for networks of another kind. */
function refusedIn(instruction: Instruction, { target, layers }: CheckedPlan): string | undefined {
  const { opcode, class: class_ } = instruction;
  if (class_ === "vector") {
    if (opcode >= RELAXED) return target.simd === "relaxed" ? undefined : "relaxed SIMD";
    return hasSimd(target) ? undefined : "SIMD";
  }
  if (opcode === OP.callIndirect) return "indirect calls";
  if (opcode === OP.memoryGrow) return "memory.grow";
  if (opcode === OP.memoryInit) return target.flashWeights ? undefined : "memory.init";
  if (class_ === "bulk") return "bulk memory";
  if (opcode >= 0xfc00) return "conversions that saturate";
  // SIMD kernels requantize by float32.
  const floats = hasSimd(target) || layers.some((layer) => layer.floats);
  return isFloat(instruction) && !floats ? "floats, though no layer needs them" : undefined;
}

/** A function and all that it calls. */
function reachedFrom(start: number, uses: readonly Uses[]): number[] {
  const reached = new Set<number>([start]);
  for (const index of reached) {
    for (const callee of uses[index]?.calls ?? []) reached.add(callee);
  }
  return [...reached];
}
