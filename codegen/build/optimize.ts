/** Optimises a module with binaryen, places its data, and prints it with and without names. */

import { hasSimd, type Target } from "../plan/target.ts";
import { exportHeapBase } from "./device_memory.ts";
import { copyFromFlash, type ModuleMemory, setMemory } from "./flash_copies.ts";
import { foldOffsets } from "./fold_offsets.ts";

export interface OptimizeOptions {
  readonly target: Target;
  /** Bytes before speed. */
  readonly size: boolean;
  /** Bytes of linear memory in use. */
  readonly totalBytes: number;
  readonly memory: ModuleMemory;
  /** Functions to keep as they are called, by their names in the source: layers and shared kernels. */
  readonly keep: readonly string[];
  /** Content of the custom section `mote`; none where absent. */
  readonly manifest?: string;
}

export interface OptimizedModule {
  readonly wasm: Uint8Array;
  /** The same with a name section, to tell which function is whose. */
  readonly named: Uint8Array;
}

/**
 * asc shares this process's binaryen, whose settings belong to the process: all of them are set here before each
 * run, so that a build does not depend on the builds before it.
 */
export async function optimize(wasm: Uint8Array, options: OptimizeOptions): Promise<OptimizedModule> {
  const { default: binaryen } = await import("binaryen");
  binaryen.setOptimizeLevel(options.size ? 2 : 3);
  binaryen.setShrinkLevel(options.size ? 2 : 0);
  binaryen.setLowMemoryUnused(false);
  binaryen.setZeroFilledMemory(true);
  binaryen.setFastMath(false);
  binaryen.setTrapsNeverHappen(false);
  binaryen.setGenerateStackIR(true);
  binaryen.setOptimizeStackIR(true);
  binaryen.setAlwaysInlineMaxSize(2);
  binaryen.setFlexibleInlineMaxSize(options.size ? 2 : 20);
  binaryen.setOneCallerInlineMaxSize(-1);
  binaryen.setAllowInliningFunctionsWithLoops(false);
  binaryen.clearPassArguments();

  const module = binaryen.readBinary(wasm);
  try {
    const { MVP, SignExt, MutableGlobals, SIMD128, RelaxedSIMD, BulkMemory } = binaryen.Features;
    const simd = hasSimd(options.target) ? SIMD128 : 0;
    const relaxed = options.target.simd === "relaxed" ? RelaxedSIMD : 0;
    const bulk = options.memory.flash.length > 0 ? BulkMemory : 0;
    module.setFeatures(MVP | SignExt | MutableGlobals | simd | relaxed | bulk);
    setMemory(module, { ...options.memory, flash: new Uint8Array() });
    for (const name of options.keep) {
      binaryen.setPassArgument("no-inline", name);
      module.runPasses(["no-inline"]);
    }
    module.optimize();
    module.runPasses(options.size ? ["merge-similar-functions", "dae-optimizing"] : ["dae-optimizing"]);
    module.optimize();
    copyFromFlash(binaryen, module, options.memory);
    foldOffsets(binaryen, module);
    // An interpreter of slots keeps what a local.tee leaves on the stack in one more.
    if (options.target.interpreter && !options.size) module.runPasses(["untee"]);
    if (options.target.memory === "heap-base") exportHeapBase(binaryen, module, options.totalBytes);
    if (options.manifest !== undefined) {
      module.addCustomSection("mote", new TextEncoder().encode(options.manifest));
    }
    binaryen.setDebugInfo(true);
    const named = module.emitBinary();
    binaryen.setDebugInfo(false);
    return { wasm: module.emitBinary(), named };
  } finally {
    module.dispose();
  }
}
