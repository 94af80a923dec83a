/** Builds a plan: source, assembly, optimisation, measurement. */

import { FLASH_KERNELS } from "../emit/flash.ts";
import { emitModel } from "../emit/model.ts";
import { constantImage, dataSegments } from "../emit/segments.ts";
import { RESET_KERNELS } from "../emit/state.ts";
import type { Plan } from "../plan/plan.ts";
import { assemble } from "./assemble.ts";
import { generatorName, kernelClosure, kernelSource } from "./kernel_sources.ts";
import { optimize } from "./optimize.ts";
import { type FunctionSize, measureModule } from "./sections.ts";

export interface BuildOptions {
  readonly size: boolean;
  readonly profile: boolean;
  readonly manifest?: string;
}

export interface BuiltModule {
  readonly wasm: Uint8Array;
  /** `model.ts` and the kernels below `kernels/`. */
  readonly source: Readonly<Record<string, string>>;
  readonly functions: readonly FunctionSize[];
  readonly sections: ReadonlyMap<number, number>;
}

/** The AssemblyScript of a plan: `model.ts` and every kernel file it needs. */
function sourceOf(plan: Plan, profile: boolean): Record<string, string> {
  const source: Record<string, string> = {
    "model.ts": emitModel(plan, { generator: generatorName(), profile }),
  };
  const kernels = plan.layers.map(({ kernel }) => kernel.file);
  if (plan.state.length > 0) kernels.push(RESET_KERNELS);
  if (plan.memory.flash.length > 0) kernels.push(FLASH_KERNELS);
  for (const path of kernelClosure(kernels)) {
    source[`kernels/${path}.ts`] = kernelSource(path) ?? "";
  }
  return source;
}

export async function buildPlan(plan: Plan, options: BuildOptions): Promise<BuiltModule> {
  const { target, memory } = plan;
  const source = sourceOf(plan, options.profile);
  const assembled = await assemble(source, { target, memoryBase: memory.totalBytes, pages: memory.pages });
  const shared = plan.layers
    .filter(({ inline }) => !inline)
    .map(({ kernel }) => `kernels/${kernel.file}/${kernel.name}`);
  const { wasm, named } = await optimize(assembled, {
    target,
    size: options.size,
    totalBytes: memory.totalBytes,
    memory: {
      pages: memory.pages,
      segments: dataSegments(constantImage(memory.constants)),
      flash: constantImage(memory.flash).bytes,
    },
    keep: [...plan.layers.map(({ name }) => `model/${name}`), ...new Set(shared)],
    ...(options.manifest === undefined ? {} : { manifest: options.manifest }),
  });
  const { sections } = measureModule(wasm);
  return { wasm, source, functions: measureModule(named).functions, sections };
}
