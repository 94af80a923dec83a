/** Gives a module the constants that stay in its bytes, a passive segment, and copies them by `memory.init`. */

import type binaryen from "binaryen";
import { FLASH_COPY, FLASH_KERNELS } from "../emit/flash.ts";
import type { Segment } from "../emit/segments.ts";

/** The name, in the module, of the import that asc makes of what `assembly/flash.ts` declares. */
function importedCopy(b: typeof binaryen, module: binaryen.Module): string {
  for (let index = 0; index < module.getNumFunctions(); index++) {
    const { name, module: from, base } = b.getFunctionInfo(module.getFunctionByIndex(index));
    if (from === FLASH_KERNELS && base === FLASH_COPY) return name;
  }
  throw new RangeError("a module with weights in flash copies them");
}

export interface ModuleMemory {
  readonly pages: number;
  /** What memory starts with. */
  readonly segments: readonly Segment[];
  /** What stays in the module's bytes; may be empty. */
  readonly flash: Uint8Array;
}

/** Sets the module's memory and exports it. */
export function setMemory(module: binaryen.Module, { pages, segments, flash }: ModuleMemory): void {
  const active = segments.map(({ address, bytes }) => ({
    offset: module.i32.const(address),
    data: bytes,
  }));
  const passive = flash.length > 0 ? [{ passive: true, offset: module.i32.const(0), data: flash }] : [];
  module.setMemory(pages, pages, "memory", [...active, ...passive]);
}

/**
 * Puts `memory.init` in the place of calls of `copy_from_flash`. After everything that optimises the whole module: what packs
 * memory would take a segment apart to save zeros, and copy each part by itself.
 */
export function copyFromFlash(b: typeof binaryen, module: binaryen.Module, memory: ModuleMemory): void {
  if (memory.flash.length === 0) return;
  module.removeExport("memory");
  setMemory(module, memory);
  const name = importedCopy(b, module);
  module.removeFunction(name);
  const parameter = (index: number) => module.local.get(index, b.i32);
  const copy = module.memory.init(`${memory.segments.length}`, parameter(0), parameter(1), parameter(2));
  module.addFunction(name, b.createType([b.i32, b.i32, b.i32]), b.none, [], copy);
  module.runPasses(["inlining-optimizing"]);
}
