/** Counts the host's instructions of one inference on a runtime, by callgrind. */

import type { CompileResult } from "../codegen/index.ts";
import { type Runtime, runOn } from "../tests/runtimes/runtimes.ts";

const CALLGRIND = ["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null"];
/** Of the runners in C, the function that runs one inference. */
const INFERENCE = "--toggle-collect=runtime_call";

/**
 * Host instructions of one inference on `inputs`, loading left out. Of a runner whose functions callgrind can't tell apart, the
 * instructions that a second inference adds.
 */
export function hostInstructions(
  runtime: Runtime,
  built: Pick<CompileResult, "wasm" | "manifest" | "report">,
  inputs: Uint8Array,
): number {
  const collected = (samples: Uint8Array, ...options: string[]) => {
    const { log } = runOn(runtime, built, samples, { wrapper: [...CALLGRIND, ...options] });
    const found = /Collected : (\d+)/.exec(log)?.[1];
    if (found === undefined) throw new Error(`callgrind says nothing of ${runtime.name}: ${log}`);
    return Number(found);
  };
  if (runtime.name !== "wasmi") return collected(inputs, INFERENCE);
  const twice = new Uint8Array(2 * inputs.length);
  twice.set(inputs);
  twice.set(inputs, inputs.length);
  return collected(twice) - collected(inputs);
}
