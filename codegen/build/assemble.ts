/** Compiles AssemblyScript to an unoptimised module with names, from memory-only files. */

import { MoteError } from "../error.ts";
import { hasSimd, type Target } from "../plan/target.ts";

export interface AssembleOptions {
  readonly target: Target;
  /** First byte of memory that is nobody's. */
  readonly memoryBase: number;
  readonly pages: number;
}

/**
 * Compiles `model.ts` of `files`. The result has no imports and exports what `model.ts` exports; optimising is left
 * to binaryen, so that layer functions survive. Throws a `MoteError` where asc refuses the source: a bug of ours.
 */
export async function assemble(
  files: Readonly<Record<string, string>>,
  { target, memoryBase, pages }: AssembleOptions,
): Promise<Uint8Array> {
  const { main } = await import("assemblyscript/asc");
  let wasm: Uint8Array | undefined;
  const { error, stderr } = await main(
    [
      "model.ts",
      ...["--outFile", "model.wasm"],
      "--debug", // keeps function names
      ...["--runtime", "stub"],
      ...["--use", "abort="],
      // asc takes addresses below its default of 1024 as unused, and folds offsets that then trap.
      ...["--memoryBase", String(memoryBase)],
      ...["--initialMemory", String(pages)],
      ...["--maximumMemory", String(pages)],
      "--noExportMemory",
      // Beyond what the portable target has.
      ...["--disable", "bulk-memory"],
      ...["--disable", "nontrapping-f2i"],
      ...(hasSimd(target) ? ["--enable", "simd"] : []),
      ...(target.simd === "relaxed" ? ["--enable", "relaxed-simd"] : []),
    ],
    {
      readFile: (name) => files[name] ?? null,
      writeFile: (name, contents) => {
        if (name.endsWith(".wasm") && typeof contents !== "string") wasm = contents;
      },
      listFiles: () => [],
    },
  );
  if (error || !wasm) {
    throw new MoteError(
      "build-failed",
      "mote",
      `AssemblyScript refused the generated source: ${stderr.toString().trim().split("\n").slice(0, 6).join(" ")} Please report this with the model.`,
    );
  }
  return wasm;
}
