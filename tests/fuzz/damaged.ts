/** What fuzz tests do with a damaged model: plan it, and build and run it. */

import { importModel } from "../../codegen/import/index.ts";
import { compileModel } from "../../codegen/index.ts";
import { runPasses } from "../../codegen/passes/index.ts";
import { makePlan } from "../../codegen/plan/make_plan.ts";
import { TARGETS } from "../../codegen/plan/target.ts";

/** A plan that needs more than this is right, but takes long to build and to run. */
export interface Runnable {
  readonly macs: number;
  readonly bytes: number;
  readonly layers?: number;
}

/** Whether the model is accepted up to its plan, and is small enough to be run. Throws what the stages throw. */
export function isRunnable(bytes: Uint8Array, file: string, most: Runnable): boolean {
  const { graph } = runPasses(importModel(bytes, { file }));
  const { layers, memory } = makePlan(graph, { target: TARGETS.portable, inline: new Set() });
  const macs = layers.reduce((sum, layer) => sum + layer.macs, 0);
  return macs <= most.macs && memory.totalBytes <= most.bytes && layers.length <= (most.layers ?? Infinity);
}

/** Builds the model and runs it on inputs of one byte only, four times. Throws where the module traps, or is refused still. */
export async function runFilled(bytes: Uint8Array, file: string): Promise<void> {
  const { wasm, manifest } = await compileModel(bytes, { file, optimize: "size" });
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(new Uint8Array(wasm)));
  const memory = new Uint8Array((exports.memory as WebAssembly.Memory).buffer);
  for (const fill of [0x80, 0x7f, 0x00, 0xff]) {
    for (const { address, bytes: size } of manifest.inputs) memory.fill(fill, address, address + size);
    (exports.invoke as () => void)();
  }
}
